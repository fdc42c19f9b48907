import type { ConfigNotice } from '@bgp/config';

/** What the second configuration gives rise to and the first did not, wherever in the file it stands now. */
export function newNotices(before: readonly ConfigNotice[], after: readonly ConfigNotice[]): ConfigNotice[] {
  const known = new Map<string, number>();
  for (const notice of before) known.set(nameOf(notice), (known.get(nameOf(notice)) ?? 0) + 1);
  return after.filter((notice) => {
    const left = known.get(nameOf(notice)) ?? 0;
    known.set(nameOf(notice), left - 1);
    return left <= 0;
  });
}

/** Without positions: whatever comes or goes before an element moves it. */
function nameOf({ kind, path, reason }: ConfigNotice): string {
  return JSON.stringify([kind, path.replaceAll(/\[\d+\]/g, '[]'), reason]);
}
