import { decodeShutdownCommunication } from '../message/shutdown-communication.ts';
import type { Notification } from '../message/types.ts';

interface CodeNames {
  readonly name: string;
  readonly subcodes: Readonly<Record<number, string>>;
}

/** IANA "BGP Error (Notification) Codes" and the registries of their subcodes. */
const NOTIFICATION_NAMES: Readonly<Record<number, CodeNames>> = {
  // RFC 4271 §4.5
  1: {
    name: 'Message Header Error',
    subcodes: { 1: 'Connection Not Synchronized', 2: 'Bad Message Length', 3: 'Bad Message Type' },
  },
  2: {
    name: 'OPEN Message Error',
    subcodes: {
      1: 'Unsupported Version Number',
      2: 'Bad Peer AS',
      3: 'Bad BGP Identifier',
      4: 'Unsupported Optional Parameter',
      6: 'Unacceptable Hold Time',
      7: 'Unsupported Capability', // RFC 5492 §5
      11: 'Role Mismatch', // RFC 9234 §4.2
    },
  },
  3: {
    name: 'UPDATE Message Error',
    subcodes: {
      1: 'Malformed Attribute List',
      2: 'Unrecognized Well-known Attribute',
      3: 'Missing Well-known Attribute',
      4: 'Attribute Flags Error',
      5: 'Attribute Length Error',
      6: 'Invalid ORIGIN Attribute',
      8: 'Invalid NEXT_HOP Attribute',
      9: 'Optional Attribute Error',
      10: 'Invalid Network Field',
      11: 'Malformed AS_PATH',
    },
  },
  4: { name: 'Hold Timer Expired', subcodes: {} },
  // RFC 6608 §3
  5: {
    name: 'Finite State Machine Error',
    subcodes: {
      1: 'Receive Unexpected Message in OpenSent State',
      2: 'Receive Unexpected Message in OpenConfirm State',
      3: 'Receive Unexpected Message in Established State',
    },
  },
  // RFC 4486 §3, RFC 8538 §3.1; 10 from the IANA registry (RFC 9384)
  6: {
    name: 'Cease',
    subcodes: {
      1: 'Maximum Number of Prefixes Reached',
      2: 'Administrative Shutdown',
      3: 'Peer De-configured',
      4: 'Administrative Reset',
      5: 'Connection Rejected',
      6: 'Other Configuration Change',
      7: 'Connection Collision Resolution',
      8: 'Out of Resources',
      9: 'Hard Reset',
      10: 'BFD Down',
    },
  },
  // RFC 7313 §5
  7: { name: 'ROUTE-REFRESH Message Error', subcodes: { 1: 'Invalid Message Length' } },
};

/** `Cease/Administrative Shutdown`; numbers where there is no name. */
export function notificationName(code: number, subcode: number): string {
  const names = NOTIFICATION_NAMES[code];
  if (names === undefined) return `${code}/${subcode}`;
  if (subcode === 0) return names.name;
  return `${names.name}/${names.subcodes[subcode] ?? subcode}`;
}

/** The text that came with an administrative shutdown or reset (RFC 9003), if any. Not escaped. */
export function shutdownText(notification: Notification): string | undefined {
  const { code, subcode, data } = hardResetReason(notification) ?? notification;
  const mayCarryText = code === 6 && (subcode === 2 || subcode === 4);
  return mayCarryText ? decodeShutdownCommunication(data) : undefined;
}

/** RFC 8538 §3.1: what a Hard Reset wraps; undefined for everything else. */
export function hardResetReason({ code, subcode, data }: Notification): Notification | undefined {
  const [innerCode, innerSubcode] = data;
  if (code !== 6 || subcode !== 9 || innerCode === undefined || innerSubcode === undefined) return undefined;
  return { type: 'NOTIFICATION', code: innerCode, subcode: innerSubcode, data: data.subarray(2) };
}

/** One line for people: the name, the numbers, and the peer's text in quotes with control characters escaped. */
export function formatNotification(notification: Notification): string {
  const { code, subcode } = notification;
  const text = shutdownText(notification);
  const quoted = text === undefined ? '' : ` ${JSON.stringify(text)}`;
  const reason = hardResetReason(notification);
  const wrapped = reason === undefined ? '' : `: ${notificationName(reason.code, reason.subcode)}`;
  return `${notificationName(code, subcode)} (${code}/${subcode})${wrapped}${quoted}`;
}
