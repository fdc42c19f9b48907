import * as z from 'zod';
import { configSchema } from './schema/root.ts';

/** JSON Schema of the configuration file, for editors. What appears in several places is in it once, by `$ref`. */
export function configJsonSchema(): Record<string, unknown> {
  return { ...z.toJSONSchema(configSchema, { io: 'input', reused: 'ref' }), title: 'tsbgpd configuration' };
}

/** The same as a tree without references, for whoever walks it. */
export function configSchemaTree(): Record<string, unknown> {
  return z.toJSONSchema(configSchema, { io: 'input' });
}
