/** Provider credentials by reference. Read when a call is made, kept for seconds, never logged, never in an error. */
import { readFileSync } from 'node:fs';
import type { Clock } from '../../ports/clock.ts';

/** A rotated secret is used within this time. */
export const CREDENTIAL_CACHE_MS = 5_000;
const SECRET_CHARS_MAX = 8_192;

export type Environment = Readonly<Record<string, string | undefined>>;

export class Credentials {
  readonly #clock: Clock;
  readonly #environment: Environment;
  readonly #known = new Map<string, { readonly secret: string; readonly until: number }>();

  constructor(clock: Clock, environment: Environment) {
    this.#clock = clock;
    this.#environment = environment;
  }

  /**
   * @param reference `env:NAME` or `file:PATH`; null for a provider that wants none
   * @returns undefined when it cannot be resolved: the call is then not made
   */
  resolve(reference: string | null): string | null | undefined {
    if (reference === null) return null;
    const now = this.#clock.now();
    const known = this.#known.get(reference);
    if (known !== undefined && known.until > now) return known.secret;
    const secret = this.#read(reference)?.trim();
    if (secret === undefined || secret === '' || secret.length > SECRET_CHARS_MAX || !/^[\x21-\x7e]+$/.test(secret))
      return undefined;
    this.#known.set(reference, { secret, until: now + CREDENTIAL_CACHE_MS });
    return secret;
  }

  #read(reference: string): string | undefined {
    if (reference.startsWith('env:')) return this.#environment[reference.slice(4)];
    if (!reference.startsWith('file:')) return undefined;
    try {
      return readFileSync(reference.slice(5), 'utf8');
    } catch {
      return undefined;
    }
  }
}
