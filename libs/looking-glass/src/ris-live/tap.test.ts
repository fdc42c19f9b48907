import { describe, expect, it } from 'vitest';
import { announce, type Lab, startLab } from '../testing/lab.ts';
import { RisMessage } from './message.ts';
import { RisTap } from './tap.ts';
import type { RisEvent } from './types.ts';

/** What the stream would tell from now on: one text per event. */
function listen(lab: Lab) {
  const events: RisEvent[] = [];
  const tap = new RisTap((event) => events.push(event));
  tap.start(lab.router);
  const story = () =>
    events.splice(0).map((event) => {
      const { type = 'nothing', data = {} } = RisMessage.of(event, 'rrc99', '') ?? {};
      const told = ['direction', 'state', 'announcements', 'withdrawals', 'path'].map((name) => data[name] ?? '');
      return [event.peer, event.peerAs, type, ...told]
        .map((part) => (typeof part === 'object' ? JSON.stringify(part) : part))
        .filter((part) => part !== '')
        .join(' ');
    });
  return { tap, story };
}

const withoutKeepalives = (story: readonly string[]) => story.filter((line) => !line.includes('KEEPALIVE'));

describe('a tap', () => {
  it('tells of UPDATEs as they come, with the path of the sender, and of withdrawals', () => {
    const lab = startLab([{}]);
    const { story } = listen(lab);
    expect(story()).toEqual([]); // sessions that are up already are no news
    announce(lab, 0, ['192.0.2.0/24', '198.51.100.0/24']);
    expect(withoutKeepalives(story())).toEqual([
      '10.0.0.2 65002 UPDATE [{"next_hop":"10.0.0.2","prefixes":["198.51.100.0/24","192.0.2.0/24"]}] [65002]',
    ]);
    lab.neighbors[0]?.withdrawInjected(0x101, '192.0.2.0/24', 0);
    lab.network.runFor(2_000);
    expect(withoutKeepalives(story())).toEqual(['10.0.0.2 65002 UPDATE ["192.0.2.0/24"]']);
  });

  it('reads path identifiers where the session has them (RFC 7911)', () => {
    const lab = startLab([{ addPath: { receive: true, send: true } }]);
    const { story } = listen(lab);
    announce(lab, 0, ['192.0.2.0/24']);
    expect(withoutKeepalives(story())).toEqual([
      '10.0.0.2 65002 UPDATE [{"next_hop":"10.0.0.2","prefixes":["192.0.2.0/24"]}] [65002]',
    ]);
  });

  it('tells of the end of a session and of the next one', () => {
    const lab = startLab([{}]);
    const { story } = listen(lab);
    lab.neighbors[0]?.disablePeer('10.0.0.1');
    lab.network.runFor(1_000);
    expect(story()).toEqual(['10.0.0.2 65002 NOTIFICATION received', '10.0.0.2 65002 RIS_PEER_STATE down']);
    lab.neighbors[0]?.enablePeer('10.0.0.1');
    lab.network.runUntil(() => lab.router.peers()[0]?.state === 'Established', 60_000);
    expect(story().slice(0, 3)).toEqual([
      '10.0.0.2 65002 OPEN sent',
      '10.0.0.2 65002 OPEN received',
      '10.0.0.2 65002 RIS_PEER_STATE connected',
    ]);
    lab.router.disablePeer('10.0.0.2');
    lab.network.runFor(1_000);
    expect(withoutKeepalives(story()).slice(-2)).toEqual([
      '10.0.0.2 65002 NOTIFICATION sent',
      '10.0.0.2 65002 RIS_PEER_STATE down',
    ]);
  });

  it('is silent when stopped, and can begin again', () => {
    const lab = startLab([{}]);
    const { tap, story } = listen(lab);
    tap.stop();
    announce(lab, 0, ['192.0.2.0/24']);
    expect(story()).toEqual([]);
    tap.start(lab.router);
    announce(lab, 0, ['198.51.100.0/24']);
    expect(withoutKeepalives(story())).toHaveLength(1);
  });
});
