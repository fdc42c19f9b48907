import type { PolicySource, PrefixRange } from '@bgp/policy';

/** What a definition was made of besides its own text. */
type Lists = readonly (readonly PrefixRange[] | undefined)[];

/**
 * What one load of a configuration may leave for the next: lists and policies whose text is the same are the same objects again, so that
 * a reload of a hundred thousand prefixes costs what has changed. Make one per daemon.
 */
export class LoadCache {
  readonly #lists = new Map<string, { readonly text: string; readonly ranges: readonly PrefixRange[] }>();
  readonly #sources = new Map<
    string,
    { readonly text: string; readonly lists: Lists; readonly source: PolicySource }
  >();

  list(file: string, text: string): readonly PrefixRange[] | undefined {
    const known = this.#lists.get(file);
    return known?.text === text ? known.ranges : undefined;
  }

  keepList(file: string, text: string, ranges: readonly PrefixRange[]): void {
    this.#lists.set(file, { text, ranges });
  }

  source(name: string, text: string, lists: Lists): PolicySource | undefined {
    const known = this.#sources.get(name);
    const isSame = known?.text === text && known.lists.length === lists.length;
    return isSame && known.lists.every((list, at) => list === lists[at]) ? known.source : undefined;
  }

  keepSource(name: string, text: string, lists: Lists, source: PolicySource): void {
    this.#sources.set(name, { text, lists, source });
  }
}
