/** RFC 9234 §4.1: what we are on the session. A provider's neighbor is its customer. */
export type LocalRole = 'provider' | 'route-server' | 'route-server-client' | 'customer' | 'peer';
