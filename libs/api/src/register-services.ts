import {
  BmpService,
  ConfigService,
  ControlService,
  EventService,
  GlobalService,
  Health,
  InjectionService,
  NeighborService,
  PeerGroupService,
  PolicyService,
  RibService,
  RpkiService,
  ServerReflection,
  ServerReflectionV1Alpha,
} from '@bgp/api-proto';
import type { ConnectRouter } from '@connectrpc/connect';
import type { ApiDependencies } from './dependencies.ts';
import { bmpService } from './services/bmp.ts';
import { configService } from './services/config.ts';
import { controlService } from './services/control.ts';
import { eventService } from './services/event.ts';
import { globalService } from './services/global.ts';
import { healthService } from './services/health.ts';
import { injectionService } from './services/injection.ts';
import { neighborService } from './services/neighbor.ts';
import { peerGroupService } from './services/peer-group.ts';
import { policyService } from './services/policy.ts';
import { createReflection } from './services/reflection.ts';
import { ribService } from './services/rib.ts';
import { rpkiService } from './services/rpki.ts';

/** What this daemon serves, without the protocols about serving. */
export const API_SERVICES = [
  GlobalService,
  NeighborService,
  PolicyService,
  PeerGroupService,
  RibService,
  EventService,
  InjectionService,
  RpkiService,
  BmpService,
  ConfigService,
  ControlService,
] as const;

/**
 * Registers the API, the health protocol and reflection. Who may call what is the listener's business: put
 * `createAuthorizer(…).interceptor` into the router's options.
 */
export function registerServices(router: ConnectRouter, dependencies: ApiDependencies): void {
  const reflect = createReflection([...API_SERVICES, Health, ServerReflection, ServerReflectionV1Alpha]);
  router
    .service(GlobalService, globalService(dependencies))
    .service(NeighborService, neighborService(dependencies))
    .service(PolicyService, policyService(dependencies))
    .service(PeerGroupService, peerGroupService(dependencies))
    .service(ConfigService, configService(dependencies))
    .service(RibService, ribService(dependencies))
    .service(EventService, eventService(dependencies))
    .service(InjectionService, injectionService(dependencies))
    .service(RpkiService, rpkiService(dependencies))
    .service(BmpService, bmpService(dependencies))
    .service(ControlService, controlService(dependencies))
    .service(Health, healthService(dependencies.control, new Set(API_SERVICES.map(({ typeName }) => typeName))))
    .service(ServerReflection, {
      async *serverReflectionInfo(requests) {
        for await (const request of requests) {
          yield { validHost: request.host, originalRequest: request, messageResponse: reflect(request.messageRequest) };
        }
      },
    })
    .service(ServerReflectionV1Alpha, {
      async *serverReflectionInfo(requests) {
        for await (const request of requests) {
          yield { validHost: request.host, originalRequest: request, messageResponse: reflect(request.messageRequest) };
        }
      },
    });
}
