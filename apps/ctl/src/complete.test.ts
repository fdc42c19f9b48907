import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { SHELL_SCRIPTS } from './complete.ts';

/** What the script asks for a line with the cursor at its end, and what bash is offered of an answer of two lines. */
function bash(line: string): { readonly asked: string; readonly offered: string } {
  // Readline's own words, with its breaks at colons and equal signs: the script must not depend on them.
  const broken = line.split(/(?<=[:=])|(?=[:=])| /);
  const program = [
    `tsbgpctl() { printf '<%s>' "$@" >&2; printf 'one\\ntwo\\n'; }`,
    SHELL_SCRIPTS.bash.replace('2>/dev/null', ''),
    `COMP_LINE=${quoted(line)} COMP_POINT=${line.length}`,
    `COMP_WORDS=(${broken.map(quoted).join(' ')}) COMP_CWORD=${broken.length - 1}`,
    `_tsbgpctl`,
    `printf '%s,' "\${COMPREPLY[@]}"`,
  ].join('\n');
  const said = execFileSync('bash', ['-c', `{ ${program}\n} 2>&1`], { encoding: 'utf8' });
  const [, asked = '', offered = ''] = /^(<.*>)(.*)$/s.exec(said) ?? [];
  return { asked, offered };
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

describe('completion in bash', () => {
  it.each([
    ['tsbgpctl nei', '<complete><--><nei>'],
    ['tsbgpctl neighbor ', '<complete><--><neighbor><>'],
    ['tsbgpctl neighbor 2001:db8::1 d', '<complete><--><neighbor><2001:db8::1><d>'],
    ['tsbgpctl -s http://[::1]:50051 rib rec', '<complete><--><-s><http://[::1]:50051><rib><rec>'],
    ['tsbgpctl --watch=2 hea', '<complete><--><--watch=2><hea>'],
  ])('%s', (line, asked) => {
    expect(bash(line)).toEqual({ asked, offered: 'one,two,' });
  });
});
