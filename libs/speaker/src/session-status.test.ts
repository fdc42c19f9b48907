import type { DownCause } from '@bgp/fsm';
import { describe, expect, it } from 'vitest';
import { downDetail } from './session-status.ts';

describe('why a session went down', () => {
  const earlier = 'sent Cease/Other Configuration Change (6/6)';
  const notification = { type: 'NOTIFICATION' as const, code: 6, subcode: 2, data: new Uint8Array() };

  it.each<[string, DownCause, string]>([
    ['the last error, when the connection was lost', { type: 'tcp-failed' }, earlier],
    ['what was sent', { type: 'notification-sent', notification }, 'sent Cease/Administrative Shutdown (6/2)'],
    ['what was sent on a stop', { type: 'stopped', notification }, 'sent Cease/Administrative Shutdown (6/2)'],
    ['not an earlier error, when we left without a word', { type: 'stopped' }, 'closed by us without a NOTIFICATION'],
  ])('%s', (_rule, cause, expected) => {
    expect(downDetail(cause, earlier)).toBe(expected);
  });
});
