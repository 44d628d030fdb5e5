/**
 * Exposed names: `server__tool`, at most 64 of `[A-Za-z0-9_-]`, since model APIs refuse more. No two tools of the door have names that
 * a person or a model could take for one another: what collides after NFKC and case folding is refused, and so is all that is not ASCII.
 */
import { hexEncode, type Sha256, utf8Encode } from '../ledger/index.ts';

export const EXPOSED_LENGTH_MAX = 64;
/** Leaves room for a hash and a telling end. */
export const SERVER_ID_LENGTH_MAX = 32;
/** 32 bits, in hex: enough to keep the tools of one server apart. */
const HASH_LENGTH = 8;

const ASCII = /^[\x21-\x7e]+$/;
const EXPOSED = /^[A-Za-z0-9_-]{1,64}$/;
/** Separators that the protocol allows in a name, and model APIs do not. */
const SEPARATORS = /[./]/g;

export const isExposedName = (text: string): boolean => EXPOSED.test(text);

export interface NameCandidate {
  readonly server: string;
  /** The server's own name. */
  readonly name: string;
  readonly alias: string | null;
}

export type NameVerdict = NameCandidate &
  ({ readonly exposed: string } | { readonly exposed: null /** A public sentence. */; readonly reason: string });

/** Two names with one key look the same to somebody. */
export const nameKey = (text: string): string => text.normalize('NFKC').toLowerCase().normalize('NFKC');

/** The name of one tool before it is compared with others; null where it cannot have one. */
export function exposedName({ server, name, alias }: NameCandidate, sha256: Sha256): string | null {
  if (alias !== null) return isExposedName(alias) ? alias : null;
  if (!ASCII.test(name)) return null;
  const whole = `${server}__${name.replace(SEPARATORS, '_')}`;
  if (!EXPOSED.test(whole.slice(0, EXPOSED_LENGTH_MAX)) || !/^[A-Za-z0-9_-]+$/.test(whole)) return null;
  if (whole.length <= EXPOSED_LENGTH_MAX) return whole;
  // The end tells tools apart, so it stays; the hash is over the server's own name, so it never changes.
  const head = `${server}__${hexEncode(sha256(utf8Encode(`${server}\n${name}`))).slice(0, HASH_LENGTH)}_`;
  return head + whole.slice(whole.length - (EXPOSED_LENGTH_MAX - head.length));
}

/**
 * Names of all tools of all servers, compared with each other, in the order given. Every one of those that collide is refused: which of them
 * was first is nothing that an agent could know. Of an alias and a tool that merely looks like it, the alias stays: the operator chose it.
 */
export function exposedNames(candidates: readonly NameCandidate[], sha256: Sha256): readonly NameVerdict[] {
  const named = candidates.map((candidate) => ({ candidate, exposed: exposedName(candidate, sha256) }));
  const takers = new Map<string, { aliases: number; all: number }>();
  for (const { candidate, exposed } of named) {
    if (exposed === null) continue;
    const key = nameKey(exposed);
    const taker = takers.get(key) ?? { aliases: 0, all: 0 };
    takers.set(key, { aliases: taker.aliases + (candidate.alias === null ? 0 : 1), all: taker.all + 1 });
  }
  return named.map(({ candidate, exposed }): NameVerdict => {
    if (exposed === null) return { ...candidate, exposed: null, reason: unnameable(candidate) };
    const taker = takers.get(nameKey(exposed));
    const alone = taker?.all === 1 || (candidate.alias !== null && taker?.aliases === 1);
    return alone
      ? { ...candidate, exposed }
      : { ...candidate, exposed: null, reason: `Another tool would have the name \`${exposed}\`, or one that looks like it.` };
  });
}

const unnameable = ({ name, alias }: NameCandidate): string =>
  alias === null && !ASCII.test(name)
    ? 'Its name has characters beyond printable ASCII.'
    : 'Its name has characters that model APIs refuse.';
