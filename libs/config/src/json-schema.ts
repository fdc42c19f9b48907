import * as z from 'zod';
import { configSchema } from './schema/root.ts';

/** JSON Schema of the configuration file, for editors. */
export function configJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(configSchema, { io: 'input' });
  return { ...schema, title: 'tsbgpd configuration' };
}
