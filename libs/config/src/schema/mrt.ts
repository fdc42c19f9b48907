import * as z from 'zod';
import { integer, key, nonBlank, required } from './scalars.ts';

export const MRT_DEFAULTS = {
  dump_interval: 7200,
  compress: false,
  file_prefix: 'rib',
  updates: false,
  updates_interval: 300,
  updates_prefix: 'updates',
} as const;

const fileName = nonBlank.refine((text) => !/[/\0]/.test(text), {
  error: 'must not have a slash: it begins a file name',
});

/** `[mrt]`: dumps of the routes that neighbors sent, and what they send, RFC 6396. */
export const mrt = z.strictObject({
  output_dir: required(
    nonBlank,
    'Directory for table dumps and updates (RFC 6396); it must exist. Old files are not removed.',
  ),
  dump_interval: key(
    integer(1, 31_536_000),
    'Seconds from the start, and from one dump to the next.',
    MRT_DEFAULTS.dump_interval,
  ),
  compress: key(z.boolean(), 'gzip; the names end in `.gz`.', MRT_DEFAULTS.compress),
  file_prefix: key(
    fileName,
    'Beginning of the file names: `rib.20261121.080000.123000000.mrt`, in UTC.',
    MRT_DEFAULTS.file_prefix,
  ),
  updates: key(
    z.boolean(),
    'Files with each UPDATE as neighbors send it, beside the dumps (BGP4MP).',
    MRT_DEFAULTS.updates,
  ),
  updates_interval: key(
    integer(1, 86_400),
    'Seconds that one file of updates covers; a file begins at each multiple of it.',
    MRT_DEFAULTS.updates_interval,
  ),
  updates_prefix: key(fileName, 'Beginning of the names of these files.', MRT_DEFAULTS.updates_prefix),
});

export type MrtSection = z.infer<typeof mrt>;
