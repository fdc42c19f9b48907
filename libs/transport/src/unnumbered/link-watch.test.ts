import { err, ok, type Result } from '@bgp/wire';
import { describe, expect, it } from 'vitest';
import type { Icmpv6Socket, Icmpv6System } from './icmpv6-socket.ts';
import { LinkWatch } from './link-watch.ts';
import { encodeRouterAdvertisement, encodeRouterSolicitation, type ReceivedMessage } from './messages.ts';

const TURN_MS = 200;

/** An interface whose other end is played by the test. */
class Link implements Icmpv6System {
  index = 7;
  isUp = true;
  refusal: string | undefined;
  sendError: string | undefined;
  readonly own = new Set<string>();
  readonly waiting: ReceivedMessage[] = [];
  /** `RA 0`, `RS 4000`: what was sent and when. */
  readonly sent: string[] = [];
  readonly told: string[] = [];
  openSockets = 0;
  nowMs = 0;
  readonly watch = new LinkWatch({
    system: this,
    link: 'eth0',
    random: () => 1,
    isOwn: (address) => this.own.has(address),
    on: {
      found: (address) => this.told.push(`found ${address}`),
      lost: (detail) => this.told.push(`lost: ${detail}`),
      trouble: (detail) => this.told.push(`trouble: ${detail}`),
    },
  });

  indexOf(): number {
    return this.index;
  }

  open(): Result<Icmpv6Socket, string> {
    if (this.refusal !== undefined) return err(this.refusal);
    this.openSockets++;
    return ok({
      send: (message: Uint8Array) => {
        if (this.sendError !== undefined) return err(this.sendError);
        this.sent.push(`${message[0] === 134 ? 'RA' : 'RS'} ${this.nowMs}`);
        return ok(undefined);
      },
      receive: () => ok(this.waiting.shift()),
      isUp: () => this.isUp,
      close: () => {
        this.openSockets--;
      },
    });
  }

  hears(from: string, what: 'RA' | 'RS' = 'RA', hopLimit = 255): this {
    const octets = what === 'RA' ? encodeRouterAdvertisement() : encodeRouterSolicitation();
    this.waiting.push({ from, hopLimit, octets });
    return this;
  }

  run(durationMs: number): this {
    for (const end = this.nowMs + durationMs; this.nowMs < end; this.nowMs += TURN_MS) this.watch.turn(this.nowMs);
    return this;
  }

  timesOf(what: 'RA' | 'RS'): number[] {
    return this.sent.filter((one) => one.startsWith(what)).map((one) => Number(one.slice(3)));
  }
}

describe('being found', () => {
  it('advertises at once and every 10 s', () => {
    expect(new Link().run(31_000).timesOf('RA')).toEqual([0, 10_000, 20_000, 30_000]);
  });

  it('answers solicitations, all of them together and not more often than every 3 s (RFC 4861 §6.2.6)', () => {
    const link = new Link().run(1_000);
    for (let count = 0; count < 50; count++) link.hears('fe80::b', 'RS');
    expect(link.run(5_000).timesOf('RA')).toEqual([0, 3_000]);
    link.hears('::', 'RS').run(1_000);
    expect(link.timesOf('RA')).toEqual([0, 3_000, 6_000]);
  });

  it('speaks to a router that it has just heard, which may not know us', () => {
    expect(new Link().run(5_000).hears('fe80::b').run(1_000).timesOf('RA')).toEqual([0, 5_000]);
  });
});

describe('finding', () => {
  it('a router is found once, however often it is heard', () => {
    const link = new Link().run(1_000).hears('fe80::b').hears('fe80::b').run(1_000).hears('fe80::b').run(1_000);
    expect(link.told).toEqual(['found fe80::b']);
  });

  it('solicits three times in 4 s steps until then, and says that nobody is heard', () => {
    const link = new Link().run(30_000);
    expect(link.timesOf('RS')).toEqual([0, 4_000, 8_000]);
    expect(link.told).toEqual(['trouble: no router is heard on eth0: the other end must send Router Advertisements']);
    expect(new Link().run(1_000).hears('fe80::b').run(30_000).timesOf('RS')).toEqual([0]);
  });

  it.each<[string, (link: Link) => Link]>([
    ['a message that was forwarded', (link) => link.hears('fe80::b', 'RA', 64)],
    ['a solicitation, for hosts send them too', (link) => link.hears('fe80::b', 'RS')],
    ['a message from elsewhere', (link) => link.hears('2001:db8::b')],
  ])('%s finds nobody', (_rule, hears) => {
    expect(hears(new Link().run(1_000)).run(1_000).told).toEqual([]);
  });

  it('a link that leads back to us finds nobody', () => {
    const link = new Link();
    link.own.add('fe80::b');
    link.run(1_000).hears('fe80::b').run(1_000).hears('fe80::b').run(1_000);
    expect(link.told).toEqual(['trouble: eth0 leads back to this machine']);
  });

  it('of two routers the first one stays while it answers', () => {
    const link = new Link().run(1_000).hears('fe80::b').run(10_000);
    for (let count = 0; count < 6; count++) {
      link.hears('fe80::c').hears('fe80::d').run(4_000).hears('fe80::b').run(6_000);
    }
    const several = 'trouble: there is more than one router on eth0; fe80::b stays the neighbor';
    expect(link.told).toEqual(['found fe80::b', several]);
    expect(link.timesOf('RS')).toEqual([0, 11_000, 21_000, 31_000, 41_000, 51_000, 61_000]);
  });

  it('another one follows a router that does not answer, within seconds', () => {
    const link = new Link().run(1_000).hears('fe80::b').run(1_000).hears('fe80::c').run(5_800);
    expect(link.told).toEqual(['found fe80::b']);
    expect(link.run(600).told).toEqual(['found fe80::b', 'found fe80::c']);
  });

  it('however many claim to be routers, the neighbor is asked every 4 s at most', () => {
    const link = new Link().run(1_000).hears('fe80::b').run(10_000);
    for (let count = 0; count < 100; count++) link.hears(`fe80::1:${count}`).hears('fe80::b').run(TURN_MS);
    expect(link.timesOf('RS')).toEqual([0, 11_000, 15_000, 19_000, 23_000, 27_000]);
    expect(link.told).toHaveLength(2);
  });

  it('a flood is read in small portions', () => {
    const link = new Link().run(1_000);
    for (let count = 0; count < 1_000; count++) link.hears('fe80::b');
    link.run(TURN_MS);
    expect(link.waiting).toHaveLength(984);
  });
});

describe('the interface', () => {
  it('down: the neighbor is lost within a second; up: it is looked for at once', () => {
    const link = new Link().run(1_000).hears('fe80::b').run(20_000);
    link.isUp = false;
    link.run(1_200);
    expect(link.told.at(-1)).toBe('lost: the interface eth0 is down');
    const before = link.sent.length;
    link.run(60_000);
    expect(link.sent).toHaveLength(before);
    link.isUp = true;
    link.run(1_200);
    expect(link.sent.slice(before).map((one) => one.slice(0, 2))).toEqual(['RA', 'RS']);
    link.hears('fe80::b').run(1_000);
    expect(link.told.at(-1)).toBe('found fe80::b');
  });

  it('down from the start: said once', () => {
    const link = new Link();
    link.isUp = false;
    expect(link.run(60_000).told).toEqual(['trouble: the interface eth0 is down']);
  });

  it('not there: said once, and used when it comes', () => {
    const link = new Link();
    link.index = 0;
    expect(link.run(60_000).told).toEqual(['trouble: there is no interface eth0']);
    link.index = 9;
    link.run(2_000).hears('fe80::b').run(1_000);
    expect(link.told.at(-1)).toBe('found fe80::b');
  });

  it.each([
    [0, 'lost: the interface eth0 is gone', 0],
    [12, 'lost: the interface eth0 is another one now', 1],
  ])('index %s after 7: %s', (index, told, sockets) => {
    const link = new Link().run(1_000).hears('fe80::b').run(1_000);
    link.index = index;
    link.run(2_000);
    expect([link.told[1], link.openSockets]).toEqual([told, sockets]);
  });

  it('what the system refuses is said once and tried again', () => {
    const link = new Link();
    link.refusal = 'finding the neighbor needs CAP_NET_RAW';
    expect(link.run(60_000).told).toEqual(['trouble: finding the neighbor needs CAP_NET_RAW']);
    link.refusal = undefined;
    link.run(11_000).hears('fe80::b').run(1_000);
    expect(link.told.at(-1)).toBe('found fe80::b');
  });

  it('without a link-local address it is said after some seconds, not while the address is being checked', () => {
    const link = new Link();
    link.sendError = 'address not available (EADDRNOTAVAIL)';
    expect(link.run(3_000).told).toEqual([]);
    expect(link.run(60_000).told).toEqual([
      'trouble: eth0 cannot be sent on: address not available (EADDRNOTAVAIL); it needs an IPv6 link-local address',
    ]);
    link.sendError = undefined;
    expect(link.run(1_200).sent.length).toBeGreaterThan(0);
  });

  it('closed, it lets its socket go and is silent', () => {
    const link = new Link().run(1_000);
    link.watch.close();
    expect(link.openSockets).toBe(0);
  });
});
