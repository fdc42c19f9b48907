/** One file of an archive. */
export interface TarFile {
  readonly name: string;
  readonly text: string;
}

const BLOCK = 512;

/**
 * Files as a POSIX ustar archive, readable for everybody's `tar`. Names have at most 100 octets.
 *
 * @param mtimeSeconds of every file, Unix time.
 */
export function tarArchive(files: readonly TarFile[], mtimeSeconds: number): Uint8Array {
  const parts = files.flatMap(({ name, text }) => {
    const content = new TextEncoder().encode(text);
    const padding = new Uint8Array((BLOCK - (content.length % BLOCK)) % BLOCK);
    return [header(name, content.length, mtimeSeconds), content, padding];
  });
  return concat([...parts, new Uint8Array(2 * BLOCK)]);
}

function header(name: string, size: number, mtimeSeconds: number): Uint8Array {
  const octets = new Uint8Array(BLOCK);
  const put = (text: string, at: number) => octets.set(new TextEncoder().encode(text), at);
  const octal = (value: number, digits: number, at: number) => put(value.toString(8).padStart(digits, '0'), at);
  put(name, 0);
  octal(0o600, 7, 100); // mode
  octal(0, 7, 108); // owner
  octal(0, 7, 116); // group
  octal(size, 11, 124);
  octal(mtimeSeconds, 11, 136);
  put(' '.repeat(8), 148); // the sum is made with blanks in its own place
  put('0', 156); // a plain file
  put('ustar\u000000', 257);
  octal(
    octets.reduce((sum, octet) => sum + octet, 0),
    6,
    148,
  );
  octets[154] = 0;
  return octets;
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
