/** What the server's own log says about a lost connection: a full disk makes it stop, and a client only sees the line go dead. */
import { fullStore, unsafeStore } from '../postgres/faults.ts';

export interface Trouble {
  readonly kind: 'full' | 'damaged';
  readonly line: string;
}

const SIGNS: readonly (readonly [RegExp, Trouble['kind']])[] = [
  [/No space left on device|could not extend file/, 'full'],
  [/page verification failed|invalid page in block|checksum/i, 'damaged'],
];

/** A sign this old says nothing about an error of now, ms. */
const FRESH_MS = 30_000;

export class TroubleWatch {
  #last: { readonly trouble: Trouble; readonly at: number } | undefined;

  /** @returns the trouble that a line of the server's log tells of */
  see(line: string): Trouble | undefined {
    const kind = SIGNS.find(([pattern]) => pattern.test(line))?.[1];
    if (kind === undefined) return undefined;
    this.#last = { trouble: { kind, line }, at: performance.now() };
    return this.#last.trouble;
  }

  current(): Trouble | undefined {
    return this.#last !== undefined && performance.now() - this.#last.at < FRESH_MS ? this.#last.trouble : undefined;
  }

  /** The fault that explains an error which by itself says only that the store is gone. */
  explain(thrown: unknown): unknown {
    const trouble = this.current();
    if (trouble === undefined || !isGone(thrown)) return thrown;
    return trouble.kind === 'full' ? fullStore(new Error(trouble.line)) : unsafeStore(trouble.line);
  }
}

/** Only a plain loss is explained anew: an unknown commit stays what it is. */
const isGone = (thrown: unknown): boolean =>
  typeof thrown === 'object' &&
  thrown !== null &&
  'code' in thrown &&
  thrown.code === 'store.unavailable' &&
  !('details' in thrown && hasOutcome(thrown.details));

const hasOutcome = (details: unknown): boolean => typeof details === 'object' && details !== null && 'outcome' in details;
