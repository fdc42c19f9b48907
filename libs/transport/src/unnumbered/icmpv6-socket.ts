import { endianness } from 'node:os';
import { err, formatIpAddress, ok, parseIpAddress, type Result } from '@bgp/wire';
import { describeErrno, firstLine, type Koffi, loadKoffi } from '../koffi.ts';
import { ICMPV6_TYPE, type ReceivedMessage } from './messages.ts';

// Linux, the same on every 64-bit architecture that Node ships for: include/uapi/{asm-generic/socket,linux/in6,linux/icmpv6,linux/if,linux/sockios}.h.
const AF_INET6 = 10;
const SOCK_RAW_NONBLOCK_CLOEXEC = 3 | 0o4000 | 0o2000000;
const IPPROTO_IPV6 = 41;
const IPPROTO_ICMPV6 = 58;
const SOL_SOCKET = 1;
const SO_BINDTODEVICE = 25;
const IPV6_UNICAST_HOPS = 16;
const IPV6_MULTICAST_IF = 17;
const IPV6_MULTICAST_HOPS = 18;
const IPV6_MULTICAST_LOOP = 19;
const IPV6_JOIN_GROUP = 20;
const IPV6_RECVHOPLIMIT = 51;
const IPV6_HOPLIMIT = 52;
const ICMPV6_FILTER = 1;
const SIOCGIFFLAGS = 0x8913;
const IFF_UP = 0x1;
const IFF_RUNNING = 0x40;
const EPERM = 1;
const EAGAIN = 11;
const EACCES = 13;

export const ALL_NODES = 'ff02::1';
export const ALL_ROUTERS = 'ff02::2';

/** Longer ones are cut, fail the checks of their options, and are dropped: no router sends them. */
const MESSAGE_OCTETS = 2_048;
const CONTROL_OCTETS = 256;
const ADDRESS_OCTETS = 28;
const IOVEC_OCTETS = 16;
const MSGHDR_OCTETS = 56;

/** Neighbor Discovery on one interface. */
export interface Icmpv6Socket {
  /** To a multicast address of the link. An error is one clause. */
  send(message: Uint8Array, to: typeof ALL_NODES | typeof ALL_ROUTERS): Result<void, string>;
  /** What has arrived, oldest first; undefined: nothing more. The octets are the caller's. */
  receive(): Result<ReceivedMessage | undefined, string>;
  /** Administratively up and with a carrier. */
  isUp(): boolean;
  close(): void;
}

/** What the discovery needs from the system. */
export interface Icmpv6System {
  /** 0: there is no such interface. */
  indexOf(link: string): number;
  /** `link` must exist. An error is one sentence for people. */
  open(link: string, index: number): Result<Icmpv6Socket, string>;
}

interface Libc {
  socket(domain: number, type: number, protocol: number): number;
  setsockopt(fd: number, level: number, name: number, value: Uint8Array, length: number): number;
  sendto(fd: number, octets: Uint8Array, length: number, flags: number, to: Uint8Array, toLength: number): number;
  recvmsg(fd: number, message: bigint, flags: number): number;
  ioctl(fd: number, request: number, value: Uint8Array): number;
  nameToIndex(name: string): number;
  close(fd: number): number;
}

let loaded: Result<Icmpv6System, string> | undefined;

/** Loads koffi and libc at the first call; later calls return the same, also the same refusal. */
export function icmpv6System(): Result<Icmpv6System, string> {
  loaded ??= load();
  return loaded;
}

function load(): Result<Icmpv6System, string> {
  const koffi = loadKoffi('neighbors without an address need');
  if (!koffi.ok) return koffi;
  if (koffi.value.sizeof('void *') !== 8 || endianness() !== 'LE')
    return err('neighbors without an address need a 64-bit little-endian system');
  try {
    const libc = loadLibc(koffi.value);
    return ok({
      indexOf: (link) => libc.nameToIndex(link),
      open: (link, index) => openSocket(koffi.value, libc, link, index),
    });
  } catch (error) {
    return err(`neighbors without an address need functions of libc that are not there: ${firstLine(error)}`);
  }
}

function loadLibc(koffi: Koffi): Libc {
  const program = koffi.load(null);
  return {
    socket: program.func('int socket(int domain, int type, int protocol)'),
    setsockopt: program.func('int setsockopt(int fd, int level, int name, const void *value, uint32_t length)'),
    sendto: program.func(
      'int64_t sendto(int fd, const void *octets, size_t length, int flags, const void *to, uint32_t toLength)',
    ),
    recvmsg: program.func('int64_t recvmsg(int fd, uint64_t message, int flags)'),
    ioctl: program.func('int ioctl(int fd, uint64_t request, _Inout_ uint8_t *value)'),
    nameToIndex: program.func('uint32_t if_nametoindex(const char *name)'),
    close: program.func('int close(int fd)'),
  };
}

function openSocket(koffi: Koffi, libc: Libc, link: string, index: number): Result<Icmpv6Socket, string> {
  const fd = libc.socket(AF_INET6, SOCK_RAW_NONBLOCK_CLOEXEC, IPPROTO_ICMPV6);
  if (fd < 0) {
    const errno = koffi.errno();
    return errno === EPERM || errno === EACCES
      ? err('finding the neighbor needs CAP_NET_RAW: run as root, or give the service AmbientCapabilities=CAP_NET_RAW')
      : err(`the kernel refused an ICMPv6 socket: ${describeErrno(errno)}`);
  }
  const number = (value: number) => new Uint8Array(Int32Array.of(value).buffer);
  const options: readonly (readonly [level: number, name: number, value: Uint8Array, what: string])[] = [
    [SOL_SOCKET, SO_BINDTODEVICE, new TextEncoder().encode(`${link}\0`), `binding to ${link}`],
    [IPPROTO_ICMPV6, ICMPV6_FILTER, filterOf(Object.values(ICMPV6_TYPE)), 'the ICMPv6 filter'],
    // RFC 4861 §4.1, §4.2: 255, so that whoever receives it knows that it comes from the link.
    [IPPROTO_IPV6, IPV6_UNICAST_HOPS, number(255), 'the hop limit'],
    [IPPROTO_IPV6, IPV6_MULTICAST_HOPS, number(255), 'the multicast hop limit'],
    [IPPROTO_IPV6, IPV6_MULTICAST_IF, number(index), 'the multicast interface'],
    [IPPROTO_IPV6, IPV6_MULTICAST_LOOP, number(0), 'the multicast loop'],
    [IPPROTO_IPV6, IPV6_RECVHOPLIMIT, number(1), 'telling the hop limit'],
    // Solicitations go to all routers; all nodes needs no joining.
    [IPPROTO_IPV6, IPV6_JOIN_GROUP, groupRequest(ALL_ROUTERS, index), 'joining ff02::2'],
  ];
  for (const [level, name, value, what] of options) {
    if (libc.setsockopt(fd, level, name, value, value.length) === 0) continue;
    const reason = describeErrno(koffi.errno());
    libc.close(fd);
    return err(`the kernel refused ${what}: ${reason}`);
  }
  return ok(new RawSocket(koffi, libc, fd, link, index));
}

class RawSocket implements Icmpv6Socket {
  readonly #koffi: Koffi;
  readonly #libc: Libc;
  readonly #fd: number;
  readonly #link: string;
  readonly #index: number;
  readonly #buffer: ReceiveBuffer;
  #isClosed = false;

  constructor(koffi: Koffi, libc: Libc, fd: number, link: string, index: number) {
    this.#koffi = koffi;
    this.#libc = libc;
    this.#fd = fd;
    this.#link = link;
    this.#index = index;
    this.#buffer = new ReceiveBuffer(koffi);
  }

  send(message: Uint8Array, to: typeof ALL_NODES | typeof ALL_ROUTERS): Result<void, string> {
    if (this.#isClosed) return err('the socket is closed');
    const target = socketAddress(to, this.#index);
    const sent = this.#libc.sendto(this.#fd, message, message.length, 0, target, target.length);
    return sent < 0 ? err(describeErrno(this.#koffi.errno())) : ok(undefined);
  }

  receive(): Result<ReceivedMessage | undefined, string> {
    if (this.#isClosed) return ok(undefined);
    const length = this.#libc.recvmsg(this.#fd, this.#buffer.prepare(), 0);
    if (length >= 0) return ok(this.#buffer.message(length));
    const errno = this.#koffi.errno();
    return errno === EAGAIN ? ok(undefined) : err(describeErrno(errno));
  }

  isUp(): boolean {
    // struct ifreq: name (16), flags i16, …
    const request = new Uint8Array(40);
    request.set(new TextEncoder().encode(this.#link).subarray(0, 15));
    if (this.#isClosed || this.#libc.ioctl(this.#fd, SIOCGIFFLAGS, request) !== 0) return false;
    const flags = new DataView(request.buffer).getUint16(16, true);
    return (flags & IFF_UP) !== 0 && (flags & IFF_RUNNING) !== 0;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#libc.close(this.#fd);
    this.#buffer.free();
  }
}

/**
 * Memory for recvmsg(2), laid out once and used again and again; the kernel writes through addresses, so it must not move.
 *
 * ```text
 * msghdr: name u64, name length u32 (+4) | iovec u64, count u64 | control u64, control length u64 | flags i32 (+4)
 * ```
 */
class ReceiveBuffer {
  readonly #koffi: Koffi;
  readonly #pointer: unknown;
  readonly #base: bigint;
  readonly #view: DataView;
  readonly #octets: Uint8Array;

  constructor(koffi: Koffi) {
    const length = MSGHDR_OCTETS + IOVEC_OCTETS + ADDRESS_OCTETS + 4 + CONTROL_OCTETS + MESSAGE_OCTETS;
    this.#koffi = koffi;
    this.#pointer = koffi.alloc('uint8_t', length);
    this.#base = koffi.address(this.#pointer);
    this.#octets = new Uint8Array(koffi.view(this.#pointer, length));
    this.#view = new DataView(this.#octets.buffer, this.#octets.byteOffset, length);
  }

  /** The address of a msghdr that is ready for the next message. */
  prepare(): bigint {
    const at = (offset: number) => this.#base + BigInt(offset);
    const view = this.#view;
    this.#octets.fill(0, 0, MESSAGE_AT);
    view.setBigUint64(0, at(ADDRESS_AT), true);
    view.setUint32(8, ADDRESS_OCTETS, true);
    view.setBigUint64(16, at(IOVEC_AT), true);
    view.setBigUint64(24, 1n, true);
    view.setBigUint64(32, at(CONTROL_AT), true);
    view.setBigUint64(40, BigInt(CONTROL_OCTETS), true);
    view.setBigUint64(IOVEC_AT, at(MESSAGE_AT), true);
    view.setBigUint64(IOVEC_AT + 8, BigInt(MESSAGE_OCTETS), true);
    return this.#base;
  }

  message(length: number): ReceivedMessage {
    return {
      from: formatIpAddress(this.#octets, ADDRESS_AT + 8, 16),
      hopLimit: this.#hopLimit(),
      octets: this.#octets.slice(MESSAGE_AT, MESSAGE_AT + Math.min(length, MESSAGE_OCTETS)),
    };
  }

  free(): void {
    this.#koffi.free(this.#pointer);
  }

  /** struct cmsghdr: length u64 (with these 16 octets), level i32, type i32, data; the next one begins at a multiple of 8. -1: not told. */
  #hopLimit(): number {
    const view = this.#view;
    const end = CONTROL_AT + Number(view.getBigUint64(40, true));
    for (let at = CONTROL_AT; at + 16 <= end; ) {
      const length = Number(view.getBigUint64(at, true));
      if (length < 16 || at + length > end) break;
      const isHopLimit = view.getInt32(at + 8, true) === IPPROTO_IPV6 && view.getInt32(at + 12, true) === IPV6_HOPLIMIT;
      if (isHopLimit && length >= 20) return view.getInt32(at + 16, true);
      at += Math.ceil(length / 8) * 8;
    }
    return -1;
  }
}

const IOVEC_AT = MSGHDR_OCTETS;
const ADDRESS_AT = IOVEC_AT + IOVEC_OCTETS;
const CONTROL_AT = ADDRESS_AT + ADDRESS_OCTETS + 4; // at a multiple of 8
const MESSAGE_AT = CONTROL_AT + CONTROL_OCTETS;

/** struct icmp6_filter: a bit that is set blocks the type. */
function filterOf(passing: readonly number[]): Uint8Array {
  const octets = new Uint8Array(32).fill(0xff);
  for (const type of passing) octets[type >>> 3] = octets[type >>> 3]! & ~(1 << (type & 7)); // a type has eight bits
  return octets;
}

/** struct ipv6_mreq: address (16), interface i32. */
function groupRequest(group: string, index: number): Uint8Array {
  const octets = new Uint8Array(20);
  octets.set(multicastOctets(group));
  new DataView(octets.buffer).setInt32(16, index, true);
  return octets;
}

/** struct sockaddr_in6: family u16, port u16, flow u32, address (16), scope u32. */
function socketAddress(address: string, index: number): Uint8Array {
  const octets = new Uint8Array(ADDRESS_OCTETS);
  const view = new DataView(octets.buffer);
  view.setUint16(0, AF_INET6, true);
  octets.set(multicastOctets(address), 8);
  view.setUint32(24, index, true);
  return octets;
}

function multicastOctets(text: string): Uint8Array {
  const parsed = parseIpAddress(text);
  if (!parsed.ok) throw new Error(`"${text}" is one of two constants`);
  return parsed.value;
}
