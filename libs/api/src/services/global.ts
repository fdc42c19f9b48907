import type { GlobalService } from '@bgp/api-proto';
import { Code, type ServiceImpl } from '@connectrpc/connect';
import type { ApiDependencies } from '../dependencies.ts';
import { withDetail } from '../errors.ts';

export function globalService({ speaker, control }: ApiDependencies): ServiceImpl<typeof GlobalService> {
  return {
    getGlobal() {
      const { asn, routerId } = speaker.status();
      const { addresses, port } = control.listening();
      return {
        asn,
        routerId,
        listenPort: port,
        listenAddresses: [...addresses],
        version: control.version,
        ebgpRequiresPolicy: control.ebgpRequiresPolicy,
      };
    },
    setGlobal() {
      const message = 'AS number, router ID and port are set in the configuration file and need a restart';
      throw withDetail(Code.Unimplemented, message, 'not-supported', '');
    },
  };
}
