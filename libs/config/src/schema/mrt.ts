import * as z from 'zod';
import { integer, key, nonBlank, required } from './scalars.ts';

export const MRT_DEFAULTS = { dump_interval: 7200, compress: false, file_prefix: 'rib' } as const;

/** `[mrt]`: dumps of the routes that neighbors sent, RFC 6396. */
export const mrt = z.strictObject({
  output_dir: required(nonBlank, 'Directory for table dumps (RFC 6396); it must exist. Old dumps are not removed.'),
  dump_interval: key(
    integer(1, 31_536_000),
    'Seconds from the start, and from one dump to the next.',
    MRT_DEFAULTS.dump_interval,
  ),
  compress: key(z.boolean(), 'gzip; the names end in `.gz`.', MRT_DEFAULTS.compress),
  file_prefix: key(
    nonBlank.refine((text) => !/[/\0]/.test(text), { error: 'must not have a slash: it begins a file name' }),
    'Beginning of the file names: `rib.20261121.080000.123000000.mrt`, in UTC.',
    MRT_DEFAULTS.file_prefix,
  ),
});

export type MrtSection = z.infer<typeof mrt>;
