import type { Checks } from './check.ts';
import type { Dut } from './dut.ts';
import type { Lab } from './lab/lab.ts';

export interface ScenarioContext {
  readonly lab: Lab;
  readonly check: Checks;
  /** `--soak`: also run the long part. */
  readonly soak: boolean;
  /** `--seed`: of what is random. */
  readonly seed: number;
}

export interface Scenario {
  readonly name: string;
  readonly summary: string;
  run(context: ScenarioContext): Promise<void>;
}

/** The seed's usual pair: our daemon 10.0.0.1 AS 65001 and one peer 10.0.0.2. */
export async function pair(lab: Lab, addresses6?: { readonly dut: string; readonly peer: string }) {
  const dutNode = await lab.node('dut');
  const peerNode = await lab.node('peer');
  const dutAddresses = ['10.0.0.1/24', ...(addresses6 === undefined ? [] : [addresses6.dut])];
  const peerAddresses = ['10.0.0.2/24', ...(addresses6 === undefined ? [] : [addresses6.peer])];
  await lab.link(dutNode, dutAddresses, peerNode, peerAddresses);
  return { dutNode, peerNode };
}

export async function established(check: Checks, dut: Dut, address: string, seconds: number): Promise<void> {
  await check.required(`session with ${address} is Established within ${seconds} s`, seconds, async () => {
    const { state } = await dut.neighbor(address);
    if (state !== 'SESSION_STATE_ESTABLISHED') throw new Error(`state is ${state}`);
  });
}
