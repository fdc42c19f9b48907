export {
  type AuthorizedCall,
  type Authorizer,
  CALLER,
  createAuthorizer,
  type ListenerAccess,
  tierOf,
} from './authorize.ts';
export { CallCounter } from './call-counter.ts';
export type {
  ApiControl,
  ApiDependencies,
  ApiEvents,
  ApiMrt,
  ApiSpeaker,
  MrtDumpError,
  MrtDumpReport,
  NeighborDiagnostic,
  ShutdownRequest,
} from './dependencies.ts';
export { API_SERVICES, registerServices } from './register-services.ts';
export type { ApiOriginAnswer, ApiRpki, ApiRpkiSource, ApiRpkiStatus } from './rpki-source.ts';
