export interface Citation {
  readonly rfc: number;
  /** As written after the section sign: `6.3`, `9.1.2.2 (c)`, `3 (g)`; empty for the RFC as a whole. */
  readonly section: string;
  readonly file: string;
}

const SECTION = /§§?\s?((?:\d+(?:\.\d+)*|[A-Z](?:\.\d+)+)(?:\s?\([a-z]\))?)/.source;
/** `RFC 7606 §7.8`, `RFC 4271 §6.3, §9.1` and `RFC 4724` alike. */
const CITATION = new RegExp(`RFC\\s?(\\d{3,5})((?:,?\\s?(?:and\\s)?${SECTION})*)`, 'g');

export function citationsIn(text: string, file: string): Citation[] {
  const found = new Map<string, Citation>();
  for (const match of text.matchAll(CITATION)) {
    const rfc = Number(match[1]);
    const sections = [...(match[2] ?? '').matchAll(new RegExp(SECTION, 'g'))].map((section) => section[1] ?? '');
    for (const section of sections.length > 0 ? sections : ['']) {
      found.set(`${rfc} ${section}`, { rfc, section, file });
    }
  }
  return [...found.values()];
}

const isTest = (file: string) => /\.test\.ts$|^interop\//.test(file);

function compareSections(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}

export function renderIndex(citations: readonly Citation[]): string {
  const byRfc = Map.groupBy(citations, ({ rfc }) => rfc);
  const lines = [
    '# RFC index',
    '',
    'Made by `npm run docs:rfc` from the citations in the sources; not edited by hand. A dash means that no file of that kind',
    'names the section: a place to look, not a verdict.',
    '',
  ];
  for (const rfc of [...byRfc.keys()].sort((a, b) => a - b)) {
    lines.push(`## RFC ${rfc}`, '', '| section | code | tests |', '|---|---|---|');
    const bySection = Map.groupBy(byRfc.get(rfc) ?? [], ({ section }) => section);
    for (const section of [...bySection.keys()].sort(compareSections)) {
      const files = [...new Set((bySection.get(section) ?? []).map(({ file }) => file))].sort();
      const link = (file: string) => `[${file.replace(/^libs\//, '').replace('/src/', '/')}](../../${file})`;
      const cell = (chosen: readonly string[]) => (chosen.length === 0 ? '–' : chosen.map(link).join('<br>'));
      const code = cell(files.filter((file) => !isTest(file)));
      lines.push(`| ${section === '' ? 'whole' : `§${section}`} | ${code} | ${cell(files.filter(isTest))} |`);
    }
    lines.push('');
  }
  return lines.join('\n');
}
