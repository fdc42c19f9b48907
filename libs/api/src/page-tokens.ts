/**
 * Page tokens that look like the seed's (the decimal offset, `2`) and hold like cursors.
 *
 * The speaker's cursor marks a place in the table that stays right while routes come and go; an offset does not. The
 * offset is therefore only the cursor's *name*, kept here under (question, name). Nothing is removed when a page is
 * served, so an answer lost on the way can be asked for again and two clients can walk the same question; names that
 * nobody uses are forgotten oldest first. See docs/adr/0008.
 */
export class PageTokens {
  private readonly places = new Map<string, Place>();
  private readonly capacity: number;
  private serial = 0;

  /** @param capacity names kept, about 200 octets each; a walk of a million routes in pages of 1,000 needs a thousand. */
  constructor(capacity = 16_384) {
    this.capacity = capacity;
  }

  /** The place that `token` names for this question, or undefined when it is unknown or forgotten. */
  find(question: string, token: string): Place | undefined {
    const key = keyOf(question, token);
    const place = this.places.get(key);
    if (place === undefined) return undefined;
    this.places.delete(key);
    this.places.set(key, place); // Now the youngest.
    return place;
  }

  /** Names the place after `offset` rows. */
  issue(question: string, offset: number, cursor: string): string {
    let token = String(offset);
    const taken = this.places.get(keyOf(question, token));
    // Another walk of the same question is at this offset, and the table changed between the two.
    if (taken !== undefined && taken.cursor !== cursor) token = `${offset}.${++this.serial}`;
    const key = keyOf(question, token);
    this.places.delete(key);
    this.places.set(key, { cursor, offset });
    for (const oldest of this.places.keys()) {
      if (this.places.size <= this.capacity) break;
      this.places.delete(oldest);
    }
    return token;
  }

  get size(): number {
    return this.places.size;
  }
}

export interface Place {
  readonly cursor: string;
  readonly offset: number;
}

function keyOf(question: string, token: string): string {
  return `${token}\n${question}`;
}
