export { nodeClock } from './clock.ts';
export { nodeTcp } from './tcp.ts';
export type { ListenError, NodeTcp, NodeTcpOptions, TransportNotice } from './types.ts';
export { nodeDiscovery } from './unnumbered/discovery.ts';
