export type { ListenError, NodeTcp, NodeTcpOptions, TransportNotice } from './types.ts';
