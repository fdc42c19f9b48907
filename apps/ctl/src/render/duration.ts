const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Seconds for people: `00:04:07`, `1d 4h 12m`, `7d 3h`. */
export function formatDuration(seconds: bigint | number): string {
  const total = Number(seconds);
  const days = Math.floor(total / DAY);
  const hours = Math.floor((total % DAY) / HOUR);
  const minutes = Math.floor((total % HOUR) / MINUTE);
  if (days >= 7) return `${days}d ${hours}h`;
  if (days >= 1) return `${days}d ${hours}h ${minutes}m`;
  return [hours, minutes, Math.floor(total % MINUTE)].map((part) => String(part).padStart(2, '0')).join(':');
}
