import { parseArgs } from 'node:util';

export interface DemoOptions {
  /** Ends after the tables are full instead of waiting for Ctrl-C. */
  readonly once: boolean;
  readonly routes: number;
  readonly seed: number;
}

export const USAGE = `npm start -- [--once] [--routes N] [--seed N]

Starts tsbgpd on loopback with two demo peers that announce a generated table over real TCP, and shows it fill.

  --once       end when the tables are full (for scripts); otherwise it runs until Ctrl-C
  --routes N   distinct prefixes to announce (default 50000)
  --seed N     seed of the generated table (default 1)
`;

/** The options, or a sentence that says what is wrong with them. */
export function readOptions(args: readonly string[]): DemoOptions | 'help' | { readonly problem: string } {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        once: { type: 'boolean', default: false },
        routes: { type: 'string', default: '50000' },
        seed: { type: 'string', default: '1' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (values.help) return 'help';
    const routes = Number(values.routes);
    const seed = Number(values.seed);
    if (!Number.isInteger(routes) || routes < 1 || routes > 1_000_000) {
      return { problem: `--routes must be a whole number from 1 to 1000000, not "${values.routes}"` };
    }
    if (!Number.isInteger(seed) || seed < 0) {
      return { problem: `--seed must be a whole number from 0, not "${values.seed}"` };
    }
    return { once: values.once, routes, seed };
  } catch (error) {
    return { problem: (error as Error).message };
  }
}
