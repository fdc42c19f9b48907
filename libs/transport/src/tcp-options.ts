import type { Server, Socket } from 'node:net';
import { endianness } from 'node:os';
import type { TcpAoKey, TcpSecurity } from '@bgp/speaker';
import { err, ok, type Result } from '@bgp/wire';
import { isIpv6 } from './address.ts';
import { describeErrno, firstLine, type Koffi, loadKoffi } from './koffi.ts';
import { AO_INFO_OCTETS, aoDeletion, aoRecord, writeAddress } from './tcp-ao-record.ts';

/*
 * Socket options that Node does not offer: TTL, minimum TTL (GTSM) and TCP MD5 keys. They go through libc by way of the
 * optional package `koffi`, only on Linux, and only once a neighbor asks for one of them. `unnumbered/` is the
 * only other place that does so (ADR 0003). Everything returns a reason instead of doing less than was asked: a session whose
 * protection cannot be set up must not start.
 */

// Linux, the same on every architecture that Node ships for: include/uapi/{asm-generic/socket,linux/in,in6,tcp}.h.
const AF_INET = 2;
const AF_INET6 = 10;
const SOCK_STREAM_NONBLOCK_CLOEXEC = 1 | 0o4000 | 0o2000000;
const IPPROTO_IP = 0;
const IPPROTO_TCP = 6;
const IPPROTO_IPV6 = 41;
const IP_TTL = 2;
const IP_MINTTL = 21;
const IPV6_UNICAST_HOPS = 16;
const IPV6_MINHOPCOUNT = 73;
const TCP_MD5SIG = 14;
const MD5_KEY_OCTETS_MAX = 80;
const TCP_AO_ADD_KEY = 38;
const TCP_AO_DEL_KEY = 39;
const TCP_AO_INFO = 40;
const ENOPROTOOPT = 92;

/** Back to the system's default. */
const DEFAULT_TTL = -1;

export interface SocketOptions {
  /** A new TCP socket of the address's family with the security set; the caller owns the descriptor. */
  open(remote: string, security: TcpSecurity): Result<number, string>;
  /** Sets what belongs to one connection. `remote` is the other end, whose family the socket has. */
  secure(fd: number, remote: string, security: TcpSecurity): Result<void, string>;
  /** RFC 2385 key for everything to and from `remote`; `undefined` forgets it. */
  setMd5Key(fd: number, remote: string, password: string | undefined): Result<void, string>;
  /**
   * RFC 5925 key for everything to and from `remote`; `undefined` with the key that is to be forgotten. On a socket that will
   * connect it is the one to use from the first SYN on; a listener has no such choice.
   */
  setAoKey(fd: number, remote: string, key: TcpAoKey, use: 'connect' | 'listen' | 'forget'): Result<void, string>;
  /** Whether the segments of an accepted connection carry TCP-AO. */
  checkAo(fd: number): Result<void, string>;
  /** TTL of what a socket of this family sends; `undefined` for the system's default. */
  setTtl(fd: number, ipv6: boolean, ttl: number | undefined): Result<void, string>;
  /** For a descriptor from `open` that no socket took over. */
  close(fd: number): void;
}

export function needsSocketOptions(security: TcpSecurity): boolean {
  return (
    security.ttl !== undefined ||
    security.minTtl !== undefined ||
    security.md5Password !== undefined ||
    security.tcpAo !== undefined
  );
}

let loaded: Result<SocketOptions, string> | undefined;

/** Loads koffi and libc at the first call; later calls return the same, also the same refusal. */
export function socketOptions(): Result<SocketOptions, string> {
  loaded ??= load();
  return loaded;
}

/**
 * The descriptor of a socket or server. Node offers no public way to it; the field has been there, on every Unix, since
 * 0.x, and where it is missing the answer is "not possible", never a session without its protection.
 */
export function descriptorOf(owner: Socket | Server): number | undefined {
  const handle = (owner as { readonly _handle?: { readonly fd?: unknown } | null })._handle;
  return typeof handle?.fd === 'number' && handle.fd >= 0 ? handle.fd : undefined;
}

interface Libc {
  socket(domain: number, type: number, protocol: number): number;
  setsockopt(fd: number, level: number, name: number, value: Uint8Array, length: number): number;
  getsockopt(fd: number, level: number, name: number, value: Uint8Array, length: Uint8Array): number;
  close(fd: number): number;
  errno(): number;
}

function load(): Result<SocketOptions, string> {
  const koffi = loadKoffi('TTL, GTSM and MD5 need');
  if (!koffi.ok) return koffi;
  try {
    return ok(createSocketOptions(loadLibc(koffi.value)));
  } catch (error) {
    return err(`TTL, GTSM and MD5 need functions of libc that are not there: ${firstLine(error)}`);
  }
}

function loadLibc(koffi: Koffi): Libc {
  const program = koffi.load(null); // libc is part of every Node process, glibc and musl alike
  return {
    socket: program.func('int socket(int domain, int type, int protocol)'),
    setsockopt: program.func('int setsockopt(int fd, int level, int name, const void *value, uint32_t length)'),
    getsockopt: program.func(
      'int getsockopt(int fd, int level, int name, _Inout_ uint8_t *value, _Inout_ uint8_t *length)',
    ),
    close: program.func('int close(int fd)'),
    errno: () => koffi.errno(),
  };
}

function createSocketOptions(libc: Libc): SocketOptions {
  function set(fd: number, level: number, name: number, value: Uint8Array, what: string): Result<void, string> {
    if (libc.setsockopt(fd, level, name, value, value.length) === 0) return ok(undefined);
    return err(`the kernel refused ${what}: ${describeErrno(libc.errno())}`);
  }

  function setNumber(fd: number, ipv6: boolean, name: 'ttl' | 'minTtl', value: number): Result<void, string> {
    const option = ipv6 ? { ttl: IPV6_UNICAST_HOPS, minTtl: IPV6_MINHOPCOUNT } : { ttl: IP_TTL, minTtl: IP_MINTTL };
    const octets = new Uint8Array(Int32Array.of(value).buffer);
    return set(fd, ipv6 ? IPPROTO_IPV6 : IPPROTO_IP, option[name], octets, name === 'ttl' ? 'the TTL' : 'GTSM');
  }

  const options: SocketOptions = {
    open(remote, security) {
      const fd = libc.socket(isIpv6(remote) ? AF_INET6 : AF_INET, SOCK_STREAM_NONBLOCK_CLOEXEC, 0);
      if (fd < 0) return err(`the kernel refused a socket: ${describeErrno(libc.errno())}`);
      const keyed =
        security.tcpAo === undefined ? ok(undefined) : options.setAoKey(fd, remote, security.tcpAo, 'connect');
      const secured = keyed.ok ? options.secure(fd, remote, security) : keyed;
      if (secured.ok) return ok(fd);
      libc.close(fd);
      return secured;
    },
    secure(fd, remote, security) {
      const ipv6 = isIpv6(remote);
      const ttl = setNumber(fd, ipv6, 'ttl', security.ttl ?? DEFAULT_TTL);
      if (!ttl.ok) return ttl;
      if (security.minTtl !== undefined) {
        // RFC 5082 §3: what comes with a smaller TTL is dropped by the kernel.
        const minTtl = setNumber(fd, ipv6, 'minTtl', security.minTtl);
        if (!minTtl.ok) return minTtl;
      }
      return security.md5Password === undefined ? ok(undefined) : options.setMd5Key(fd, remote, security.md5Password);
    },
    setMd5Key(fd, remote, password) {
      const key = new TextEncoder().encode(password ?? '');
      if (key.length > MD5_KEY_OCTETS_MAX) {
        return err(`an MD5 password has at most ${MD5_KEY_OCTETS_MAX} octets, this one has ${key.length}`);
      }
      const installed = set(fd, IPPROTO_TCP, TCP_MD5SIG, md5Record(remote, key), 'the TCP MD5 key');
      // Forgetting a key that was never there is no failure.
      return password === undefined ? ok(undefined) : installed;
    },
    setAoKey(fd, remote, key, use) {
      const record = use === 'forget' ? aoDeletion(remote, key) : aoRecord(remote, key, use === 'connect');
      const name = use === 'forget' ? TCP_AO_DEL_KEY : TCP_AO_ADD_KEY;
      if (libc.setsockopt(fd, IPPROTO_TCP, name, record, record.length) === 0 || use === 'forget') return ok(undefined);
      const errno = libc.errno();
      const why =
        errno === ENOPROTOOPT ? '; this kernel has no TCP-AO (it needs CONFIG_TCP_AO, Linux 6.7 or later)' : '';
      return err(`the kernel refused the TCP-AO key: ${describeErrno(errno)}${why}`);
    },
    checkAo(fd) {
      const length = new Uint8Array(Uint32Array.of(AO_INFO_OCTETS).buffer);
      if (libc.getsockopt(fd, IPPROTO_TCP, TCP_AO_INFO, new Uint8Array(AO_INFO_OCTETS), length) === 0)
        return ok(undefined);
      return err(`the connection came in without TCP-AO: ${describeErrno(libc.errno())}`);
    },
    setTtl: (fd, ipv6, ttl) => setNumber(fd, ipv6, 'ttl', ttl ?? DEFAULT_TTL),
    close: (fd) => {
      libc.close(fd);
    },
  };
  return options;
}

/**
 * struct tcp_md5sig. An empty key deletes.
 *
 * ```text
 * 0        sockaddr_storage (128): family u16, port u16, then v4: address 4 · v6: flow 4, address 16, scope 4
 * 128      flags u8, prefix length u8, key length u16, interface index i32
 * 136      key (80)
 * ```
 */
function md5Record(remote: string, key: Uint8Array): Uint8Array {
  const octets = new Uint8Array(128 + 8 + MD5_KEY_OCTETS_MAX);
  const view = new DataView(octets.buffer);
  writeAddress(view, remote);
  view.setUint16(130, key.length, endianness() === 'LE');
  octets.set(key, 136);
  return octets;
}
