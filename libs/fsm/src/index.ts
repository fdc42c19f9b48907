export { type CollisionVerdict, resolveCollision } from './collision.ts';
export { localOpen } from './negotiate/local-open.ts';
export { negotiate } from './negotiate/negotiate.ts';
export { createInboundSession, createSession, step } from './session.ts';
export { idleHoldTime } from './transition.ts';
export type {
  CeaseReason,
  DownCause,
  FsmAction,
  FsmConfig,
  FsmEvent,
  FsmState,
  FsmTimer,
  Negotiated,
  Session,
  Transition,
} from './types.ts';
