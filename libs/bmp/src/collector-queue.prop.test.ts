import fc from 'fast-check';
import { expect, it } from 'vitest';
import { CollectorQueue } from './collector-queue.ts';

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('offer' as const),
      size: fc.integer({ min: 1, max: 30 }),
      peer: fc.nat(3),
      up: fc.constantFrom(true, false, undefined),
      isReplay: fc.boolean(),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('take' as const), size: fc.integer({ min: 1, max: 60 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constantFrom('open' as const, 'close' as const, 'resync' as const),
      size: fc.constant(0),
    }),
  },
);

it('bounded, in order, without a gap, every message accounted for', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const queue = new CollectorQueue(100);
      let offered = 0;
      let expected: Uint8Array[] = [];
      const up = new Set<string>();
      const kinds = { fanOut: 0, replay: 0, peerUps: 0, peerDowns: 0 };
      const kindOf = new Map<Uint8Array, { isReplay: boolean; isUp: boolean | undefined }>();
      const changes = new Map<Uint8Array, { peer: string; isUp: boolean }>();
      for (const now of steps) {
        const before = queue.state;
        if (now.do === 'open') queue.open();
        else if (now.do === 'close') queue.close();
        else if (now.do === 'resync')
          expect(queue.resynchronize().toSorted()).toEqual(before === 'lost' ? [...up].toSorted() : []);
        else if (now.do === 'offer') {
          const octets = new Uint8Array(now.size);
          const change = now.up === undefined ? undefined : { peer: String(now.peer), isUp: now.up };
          if (change !== undefined) changes.set(octets, change);
          if (before !== 'closed') {
            offered++;
            kinds[now.isReplay ? 'replay' : 'fanOut']++;
            if (now.up !== undefined) kinds[now.up ? 'peerUps' : 'peerDowns']++;
          }
          kindOf.set(octets, { isReplay: now.isReplay, isUp: now.up });
          if (queue.offer({ octets, ...(change && { change }), ...(now.isReplay && { isReplay: true }) }))
            expected.push(octets);
          else expect(queue.state).not.toBe('live');
        } else {
          const taken = queue.take(now.size);
          for (const octets of taken) {
            expect(octets).toBe(expected.shift());
            const { isReplay, isUp } = kindOf.get(octets)!; // each was offered
            kinds[isReplay ? 'replay' : 'fanOut']--;
            if (isUp !== undefined) kinds[isUp ? 'peerUps' : 'peerDowns']--;
            const change = changes.get(octets);
            if (change?.isUp === true) up.add(change.peer);
            else if (change !== undefined) up.delete(change.peer);
          }
        }
        if (now.do === 'open' || now.do === 'close') up.clear();
        if (now.do === 'open' || now.do === 'close' || queue.state === 'lost') expected = [];
        const waiting = expected.reduce((sum, octets) => sum + octets.length, 0);
        expect(queue.waitingOctets).toBe(waiting);
        expect(waiting).toBeLessThanOrEqual(100);
        const { sentMessages, droppedMessages } = queue.counters;
        expect(sentMessages + droppedMessages + expected.length).toBe(offered);
        // What is neither sent nor waiting was dropped, and each kind of it is counted.
        const waitingOf = { fanOut: 0, replay: 0, peerUps: 0, peerDowns: 0 };
        for (const octets of expected) {
          const { isReplay, isUp } = kindOf.get(octets)!; // each was offered
          waitingOf[isReplay ? 'replay' : 'fanOut']++;
          if (isUp !== undefined) waitingOf[isUp ? 'peerUps' : 'peerDowns']++;
        }
        const { bufferFull, disconnected } = queue.drops;
        for (const kind of ['fanOut', 'replay', 'peerUps', 'peerDowns'] as const)
          expect(bufferFull[kind] + disconnected[kind] + waitingOf[kind], kind).toBe(kinds[kind]);
        expect(disconnected.fanOut + disconnected.replay).toBe(queue.counters.abandonedMessages);
      }
    }),
    { numRuns: 300 },
  );
});
