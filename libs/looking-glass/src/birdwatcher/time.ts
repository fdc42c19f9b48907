/** `2026-11-21 08:30:00` in UTC: what birdwatcher passes on from BIRD's `timeformat … iso long`. */
export function formatServerTime(wallMs: number): string {
  return new Date(wallMs).toISOString().slice(0, 19).replace('T', ' ');
}

/** RFC 3339 with milliseconds, in UTC: birdwatcher's own times. */
export function formatApiTime(wallMs: number): string {
  return new Date(wallMs).toISOString();
}
