import { type Health, HealthCheckResponse_ServingStatus as Status } from '@bgp/api-proto';
import { Code, ConnectError, type ServiceImpl } from '@connectrpc/connect';
import type { ApiControl } from '../dependencies.ts';

/** The gRPC health protocol: everything here serves or stops together. */
export function healthService(control: ApiControl, services: ReadonlySet<string>): ServiceImpl<typeof Health> {
  const isKnown = (service: string) => service === '' || services.has(service);
  const current = () => (control.stopping.aborted ? Status.NOT_SERVING : Status.SERVING);
  return {
    check({ service }) {
      if (!isKnown(service)) throw new ConnectError(`there is no service ${service}`, Code.NotFound);
      return { status: current() };
    },
    async *watch({ service }, { signal }) {
      const told = isKnown(service) ? current() : Status.SERVICE_UNKNOWN;
      yield { status: told };
      const ended = AbortSignal.any([signal, control.stopping]);
      if (!ended.aborted) await new Promise((resolve) => ended.addEventListener('abort', resolve, { once: true }));
      // The change may have come while the first answer was on its way.
      if (!signal.aborted && told === Status.SERVING) yield { status: current() };
    },
  };
}
