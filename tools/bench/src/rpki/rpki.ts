import { type Vrp, VrpTable } from '@bgp/rpki';
import { figuresOf, type Report } from '../figure.ts';
import { heldOctets, measure, throughput } from '../measure.ts';

const VRPS = 500_000;
const ROUTES = 1_000_000;

export const RPKI_CASES: Readonly<Record<string, (report: Report) => void>> = { 'vrps-ipv4': measureIpv4 };

function measureIpv4(report: Report): void {
  const figure = figuresOf('rpki', 'vrps-ipv4', report);
  let state = 1;
  const random = () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0);
  const vrps: Vrp[] = Array.from({ length: VRPS }, () => {
    const length = 16 + ((random() >>> 24) % 9);
    const w0 = (random() & (-1 << (32 - length))) >>> 0;
    return { afi: 1, w0, w1: 0, w2: 0, w3: 0, length, maxLength: 24, asn: 64_500 + (random() >>> 22) };
  });
  const before = heldOctets();
  const table = new VrpTable();
  const { elapsedSeconds } = measure(() => void table.apply({ announce: vrps, withdraw: [] }));
  figure('load 500k VRPs', elapsedSeconds, 's');
  figure('memory per VRP', (heldOctets() - before) / table.size(1), 'octets');
  const routes = new Uint32Array(ROUTES);
  for (let index = 0; index < ROUTES; index++) routes[index] = (vrps[random() % VRPS]!.w0 + (random() & 0xff00)) >>> 0;
  const validateAll = () => {
    for (let index = 0; index < ROUTES; index++) table.validateIpv4((routes[index]! & -256) >>> 0, 24, 64_501);
  };
  figure('validate', throughput(ROUTES, validateAll), 'routes/s');
  const delta = vrps.slice(0, 1000);
  const flap = () => {
    table.apply({ announce: [], withdraw: delta });
    table.apply({ announce: delta, withdraw: [] });
  };
  figure('change', throughput(2000, flap), 'VRPs/s');
}
