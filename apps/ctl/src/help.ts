import type { Command, Option } from './command.ts';
import { COMMANDS, GLOBAL_OPTIONS } from './commands.ts';

const EXIT_CODES = '0 done · 1 refused · 2 wrong command line · 3 no daemon reached · 4 only part of the answer';

export function overview(): string {
  const forms = COMMANDS.map((command) => [command.forms[0], command.summary] as const);
  return [
    'tsbgpctl asks and tells a running tsbgpd.',
    '',
    'Usage: tsbgpctl [options] COMMAND',
    '',
    'Commands:',
    ...twoColumns(forms),
    '',
    'Options:',
    ...twoColumns(GLOBAL_OPTIONS.map((option) => [spelling(option), option.help] as const)),
    '',
    `Exit codes: ${EXIT_CODES}.`,
    'More about one command: tsbgpctl COMMAND --help',
    '',
  ].join('\n');
}

/** Everything that begins with the same word as this command. */
export function nounHelp(command: Command): string {
  const [noun = ''] = command.forms[0].split(' ');
  const others = COMMANDS.filter((other) => other !== command && other.forms[0].split(' ')[0] === noun);
  const rows = others.map((other) => [other.forms[0], other.summary] as const);
  return `${commandHelp(command)}${section(`More with ${noun}`, twoColumns(rows)).join('\n')}${rows.length === 0 ? '' : '\n'}`;
}

export function commandHelp(command: Command): string {
  const [form, ...aliases] = command.forms;
  return [
    `Usage: tsbgpctl ${form}${command.options.length === 0 ? '' : ' [options]'}`,
    ...(aliases.length === 0 ? [] : [`Also:  ${aliases.map((alias) => `tsbgpctl ${alias}`).join(', ')}`]),
    '',
    command.summary,
    ...section('Options', twoColumns(command.options.map((option) => [spelling(option), describe(option)] as const))),
    ...section(
      'Examples',
      (command.examples ?? []).map((example) => `  ${example}`),
    ),
    '',
  ].join('\n');
}

/** The reference page, docs/operations/cli.md. */
export function referencePage(): string {
  return [
    '# tsbgpctl',
    '',
    '<!-- Generated from the command table: npm run reference -w @bgp/ctl -->',
    '',
    'Asks and tells a running tsbgpd over its API. Options may stand anywhere. Tables are for people and may change; scripts',
    'use `--json`, which is stable.',
    '',
    '| option | meaning |',
    '|---|---|',
    ...GLOBAL_OPTIONS.map((option) => `| \`${spelling(option)}\` | ${cell(option.help)} |`),
    '',
    `Exit codes: ${EXIT_CODES}.`,
    ...COMMANDS.flatMap(commandSection),
    '',
  ].join('\n');
}

/** The man page, docs/man/tsbgpctl.1: `man -l docs/man/tsbgpctl.1`. */
export function manPage(): string {
  const option = (one: Option) => ['.TP', `.B ${roff(spelling(one))}`, roff(describe(one))];
  return [
    '.\\" Generated from the command table: npm run reference -w @bgp/ctl',
    '.TH TSBGPCTL 1',
    '.SH NAME',
    'tsbgpctl \\- asks and tells a running tsbgpd',
    '.SH SYNOPSIS',
    '.B tsbgpctl',
    '[options] COMMAND',
    '.SH OPTIONS',
    ...GLOBAL_OPTIONS.flatMap(option),
    '.SH COMMANDS',
    ...COMMANDS.flatMap((command) => [
      '.SS',
      `.B ${roff(command.forms.join(', '))}`,
      '.P',
      roff(command.summary),
      ...command.options.flatMap(option),
      ...(command.examples ?? []).flatMap((example) => ['.P', '.EX', roff(example), '.EE']),
    ]),
    '.SH EXIT STATUS',
    roff(EXIT_CODES),
    '.SH SEE ALSO',
    'docs/operations in the source.',
    '',
  ].join('\n');
}

/** Plain text in roff: a backslash and a leading dot or quote would mean something else. */
function roff(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^([.'])/, '\\&$1');
}

function commandSection(command: Command): string[] {
  const [form, ...aliases] = command.forms;
  return [
    '',
    `## ${form}`,
    '',
    command.summary,
    ...(aliases.length === 0 ? [] : ['', `Also ${aliases.map((alias) => `\`${alias}\``).join(', ')}.`]),
    ...(command.rpc === undefined ? [] : ['', `Calls \`tsbgpd.v1.${command.rpc}\`.`]),
    ...(command.options.length === 0
      ? []
      : [
          '',
          '| option | meaning |',
          '|---|---|',
          ...command.options.map((option) => `| \`${spelling(option)}\` | ${cell(describe(option))} |`),
        ]),
    ...(command.examples === undefined ? [] : ['', '```sh', ...command.examples, '```']),
  ];
}

function spelling({ short, long, value }: Option): string {
  return `${short === undefined ? '' : `${short}, `}${long}${value === undefined ? '' : ` ${value}`}`;
}

function describe({ help, isRequired }: Option): string {
  return isRequired ? `${help} (required)` : help;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', `${title}:`, ...lines];
}

function twoColumns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(0, ...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}
