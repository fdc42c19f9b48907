/** One file of the log, as its name and the file system tell. */
export interface SegmentInfo {
  readonly name: string;
  /** Of its first event. */
  readonly epoch: number;
  readonly durable: number;
  readonly octets: number;
  /** Of its last write, Unix time. */
  readonly lastMs: number;
}

export interface Retention {
  readonly maxOctets: number;
  readonly maxAgeMs: number;
}

const NAME = /^(\d{16})\.([0-9a-z]{1,11})\.events$/;

/** `0000000000000098.mi8x2k1q.events`: sorts by count, and says where a search begins without opening files. */
export function segmentName(epoch: number, durable: number): string {
  return `${String(durable).padStart(16, '0')}.${epoch.toString(36)}.events`;
}

/** Undefined: not a file of ours. */
export function parseSegmentName(name: string): Pick<SegmentInfo, 'epoch' | 'durable'> | undefined {
  const [, durable, epoch = ''] = NAME.exec(name) ?? [];
  if (durable === undefined) return undefined;
  return { durable: Number(durable), epoch: Number.parseInt(epoch, 36) };
}

/** How large a segment gets: small enough that the oldest one to go is a small part, large enough that there are few. */
export function segmentOctets({ maxOctets }: Retention): number {
  return Math.max(65_536, Math.min(4 << 20, Math.floor(maxOctets / 16)));
}

/** Which segments go, oldest first. The last one is being written and stays. `segments` in order. */
export function expiredSegments(segments: readonly SegmentInfo[], retention: Retention, nowMs: number): SegmentInfo[] {
  let octets = segments.reduce((sum, segment) => sum + segment.octets, 0);
  const expired: SegmentInfo[] = [];
  for (const segment of segments.slice(0, -1)) {
    if (octets <= retention.maxOctets && nowMs - segment.lastMs <= retention.maxAgeMs) break;
    expired.push(segment);
    octets -= segment.octets;
  }
  return expired;
}
