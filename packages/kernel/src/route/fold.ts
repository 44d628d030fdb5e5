/**
 * Names that some parsers take for others: Go's matches members without regard to case, Protocol Buffers' takes `maxTokens` for
 * `max_tokens`. A body may not hold a look-alike of a member that policy reads.
 */
import type { JsonRecord } from '../json.ts';

export const fold = (name: string): string => name.toUpperCase().toLowerCase().replaceAll('_', '').replaceAll('-', '');

const PLAIN = /^[a-z0-9_]+$/;

export class FoldedNames {
  readonly #exact: ReadonlySet<string>;
  readonly #folded: ReadonlyMap<string, string>;

  constructor(names: readonly string[]) {
    this.#exact = new Set(names);
    this.#folded = new Map(names.map((name) => [fold(name), name]));
  }

  /** The member of `body` that looks like one of the names without being it. */
  lookAlike(body: JsonRecord): { readonly found: string; readonly means: string } | undefined {
    for (const found in body) {
      if (this.#exact.has(found)) continue;
      // Lower case without underscores has one more reading only: the name with underscores added.
      const means = this.#folded.get(PLAIN.test(found) && !found.includes('_') ? found : fold(found));
      if (means !== undefined) return { found, means };
    }
    return undefined;
  }
}
