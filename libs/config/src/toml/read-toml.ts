import { parse, TomlError } from 'smol-toml';

/** Plain data; undefined for what is no TOML. */
export function readToml(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return parse(text);
  } catch (error) {
    if (error instanceof TomlError) return undefined;
    throw error;
  }
}
