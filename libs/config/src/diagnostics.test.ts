import { describe, expect, it } from 'vitest';
import { formatDiagnostics, formatNotices } from './diagnostics.ts';
import { loadConfig } from './load.ts';
import { REDACTED, redactSecrets } from './redact.ts';

const GLOBAL = '[global]\nasn = 65001\nrouter_id = "10.0.0.1"\nlisten_port = 179\n';

function rendered(text: string, color = false): string {
  const config = loadConfig(text, 'tsbgpd.toml');
  return config.ok ? '' : formatDiagnostics(config.error, text, { color });
}

describe('formatDiagnostics', () => {
  it('shows message, place, line, span and help', () => {
    const text = `${GLOBAL}\n[[neighbors]]\naddress = "10.0.0.2"\nremote_asn = 65002\nhold_time = 2\n`;
    expect(rendered(text)).toBe(
      [
        'error: invalid hold_time 2: must be 0 or >= 3',
        ' --> tsbgpd.toml:9:13',
        '  |',
        '9 | hold_time = 2',
        '  |             ^ neighbors[0].hold_time',
        '  = help: 0 sends no keepalives; 90 is usual',
        '',
        '1 error',
        '',
      ].join('\n'),
    );
  });

  it('underlines the whole key', () => {
    const lines = rendered(`${GLOBAL}hold_tiem = 2\n`).split('\n');
    expect(lines).toContain('5 | hold_tiem = 2');
    expect(lines).toContain('  | ^^^^^^^^^ global.hold_tiem');
  });

  it('keeps the caret under its text behind tabs', () => {
    const lines = rendered(`${GLOBAL}\t\tmed = "x"\n`).split('\n');
    expect(lines).toContain('5 |     med = "x"');
    expect(lines).toContain('  |           ^^^ global.med');
  });

  it('a value over several lines is underlined on its first', () => {
    const lines = rendered(`${GLOBAL}med = """\nx\n"""\n`).split('\n');
    expect(lines).toContain('  |       ^^^ global.med');
  });

  it('counts', () => {
    expect(rendered('[global]\n').trimEnd().endsWith('3 errors')).toBe(true);
  });

  it('colors only when asked', () => {
    const text = `${GLOBAL}x = 1`;
    expect(rendered(text)).not.toContain('\u001b');
    expect(rendered(text, true)).toContain('\u001b[31merror\u001b[0m');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: taking the colors out again
    expect(rendered(text, true).replaceAll(/\u001b\[\d+m/g, '')).toBe(rendered(text));
  });
});

describe('secrets', () => {
  it.each([
    ['on the line of the mistake', 'md5_password = "hunter2" # long', 'hold_time = 2 # md5_password = "hunter2"'],
    ['as a value of the wrong kind', 'md5_password = ["hunter2"]', ''],
    ['unknown key beside it', 'tcp_ao = { key = "hunter2", send_id = 1, recv_id = 1, algorithm = "hmac(md5)" }', ''],
    ['literal string', "md5_password = 'hunter2'\nhold_tiem = 1 # md5_password='hunter2'", ''],
    ['broken string', 'md5_password = "hunter2', ''],
    ['too long', `md5_password = "${'hunter2'.repeat(20)}"`, ''],
  ])('%s', (_rule, line, other) => {
    const text = `${GLOBAL}[[neighbors]]\naddress = "10.0.0.2"\nremote_asn = 65002\n${other}\n${line}\n`;
    const config = loadConfig(text, 'x');
    const errors = config.ok ? [] : config.error;
    expect(JSON.stringify(errors)).not.toContain('hunter2');
    expect(formatDiagnostics(errors, text)).not.toContain('hunter2');
  });

  it('redactSecrets hides them in a resolved configuration and keeps the rest', () => {
    const config = loadConfig(
      `${GLOBAL}[[neighbors]]\naddress = "10.0.0.2"\nremote_asn = 65001\nmd5_password = "hunter2"\n[peer_groups.g]\nmd5_password = "hunter2"\n`,
      'x',
    );
    if (!config.ok) throw new Error('the file is valid');
    const redacted = redactSecrets(config.value);
    expect(JSON.stringify(redacted)).not.toContain('hunter2');
    expect(redacted.speaker.peers[0]?.md5Password).toBe(REDACTED);
    expect(config.value.speaker.peers[0]?.md5Password).toBe('hunter2');
    expect(redacted.speaker.asn).toBe(65001);
  });
});

it('formatNotices writes one line each', () => {
  const config = loadConfig(`${GLOBAL}[[bfd_profiles]]\nname = "fast"\n`, 'x.toml');
  expect(config.ok && formatNotices(config.value.notices)).toBe(
    'warning: bfd_profiles: is checked but not acted on by this version: no BFD runs (x.toml:5)\n',
  );
});
