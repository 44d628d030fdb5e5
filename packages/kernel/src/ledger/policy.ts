/** Trust policies (C2SP tlog-policy): which logs, which witnesses, and how many of these must have cosigned. */
import { formatFault, parseDecimal, type Sha256 } from './hash.ts';
import type { VerifiedSignature } from './note.ts';
import { utf8Decode } from './utf8.ts';
import { KEY_TYPES, parseVkey, type VerifierKey } from './vkey.ts';

/** A policy of 32 logs, witnesses and groups with ML-DSA keys stays below 150 kB. */
export const POLICY_BYTES_MAX = 1_000_000;
/** A cosignature from further in the future doesn't count. */
export const COSIGNATURE_AHEAD_SECONDS_MAX = 300;

/** Met when `least` of the members are; a witness is met by a cosignature of its key. `none` asks for nothing. */
export type Quorum =
  | { readonly kind: 'none' }
  | { readonly kind: 'witness'; readonly key: VerifierKey }
  | { readonly kind: 'group'; readonly least: number; readonly members: readonly Quorum[] };

export interface PolicyKey {
  readonly key: VerifierKey;
  readonly url: string | null;
}

export interface TrustPolicy {
  readonly logs: readonly PolicyKey[];
  readonly witnesses: readonly PolicyKey[];
  readonly quorum: Quorum;
}

const NONE: Quorum = { kind: 'none' };

/** Octets as characters 0..255: names are octets, and no Unicode rule may make two of them equal. */
function octets(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) {
    if (byte !== 0x09 && byte !== 0x0a && (byte < 0x20 || byte === 0x7f)) throw formatFault('A policy holds control characters');
    text += String.fromCharCode(byte);
  }
  return text;
}

class PolicyReader {
  readonly #sha256: Sha256;
  readonly #names = new Map<string, Quorum>();
  readonly #members = new Set<string>();
  readonly logs: PolicyKey[] = [];
  readonly witnesses: PolicyKey[] = [];
  quorum: Quorum | null = null;

  constructor(sha256: Sha256) {
    this.#sha256 = sha256;
  }

  line(words: readonly string[]): void {
    const [keyword, ...rest] = words;
    if (keyword === 'log') this.#log(rest);
    else if (keyword === 'witness') this.#witness(rest);
    else if (keyword === 'group') this.#group(rest);
    else if (keyword === 'quorum') this.#quorum(rest);
    else throw formatFault('A policy line begins with `log`, `witness`, `group` or `quorum`');
  }

  #log([vkey, url, ...rest]: readonly string[]): void {
    if (vkey === undefined || rest.length > 0) throw formatFault('A log line is `log <vkey> [<url>]`');
    this.#addKey(this.logs, vkey, url, [KEY_TYPES.ed25519, KEY_TYPES.cosignatureMlDsa44]);
  }

  #witness([name, vkey, url, ...rest]: readonly string[]): void {
    if (name === undefined || vkey === undefined || rest.length > 0)
      throw formatFault('A witness line is `witness <name> <vkey> [<url>]`');
    const key = this.#addKey(this.witnesses, vkey, url, [KEY_TYPES.cosignatureEd25519, KEY_TYPES.cosignatureMlDsa44]);
    this.#define(name, { kind: 'witness', key });
  }

  #addKey(known: PolicyKey[], vkey: string, url: string | undefined, types: readonly number[]): VerifierKey {
    const key = parseVkey(utf8Decode(Uint8Array.from(vkey, (letter) => letter.charCodeAt(0))), this.#sha256);
    if (!types.includes(key.type)) throw formatFault('A key has a type that does not fit its role');
    if (known.some((other) => other.key.key.join() === key.key.join())) throw formatFault('Two lines have the same public key');
    known.push({ key, url: url ?? null });
    return key;
  }

  #define(name: string, meaning: Quorum): void {
    if (name === 'none' || this.#names.has(name)) throw formatFault('A name in the policy is taken');
    this.#names.set(name, meaning);
  }

  #group([name, threshold, ...members]: readonly string[]): void {
    if (name === undefined || threshold === undefined || members.length === 0) {
      throw formatFault('A group line is `group <name> all|any|<k> <member>...`');
    }
    const meanings = members.map((member) => this.#member(member));
    const least = threshold === 'all' ? members.length : threshold === 'any' ? 1 : parseDecimal(threshold, 'threshold');
    if (least < 1 || least > members.length) throw formatFault('A group asks for a number of members that it does not have');
    this.#define(name, { kind: 'group', least, members: meanings });
  }

  #member(name: string): Quorum {
    const meaning = this.#names.get(name);
    if (meaning === undefined) throw formatFault('A group has a member that is not defined before it');
    if (this.#members.has(name)) throw formatFault('A name is a member of a group twice');
    this.#members.add(name);
    return meaning;
  }

  #quorum([name, ...rest]: readonly string[]): void {
    if (name === undefined || rest.length > 0) throw formatFault('The quorum line is `quorum <name>|none`');
    if (this.quorum !== null) throw formatFault('A policy has one quorum line');
    const meaning = name === 'none' ? NONE : this.#names.get(name);
    if (meaning === undefined) throw formatFault('The quorum is not defined before its line');
    this.quorum = meaning;
  }
}

/** Reads a policy file. Faults with `ledger.format` on everything that the format doesn't allow. */
export function parsePolicy(bytes: Uint8Array, sha256: Sha256): TrustPolicy {
  if (bytes.length > POLICY_BYTES_MAX) throw formatFault(`A policy is longer than ${POLICY_BYTES_MAX} bytes`);
  const reader = new PolicyReader(sha256);
  for (const line of octets(bytes).split('\n')) {
    const words = line.split(/[ \t]+/).filter((word) => word !== '');
    if (words.length > 0 && words[0]?.startsWith('#') !== true) reader.line(words);
  }
  const { logs, witnesses, quorum } = reader;
  if (quorum === null) throw formatFault('A policy has one quorum line');
  return { logs, witnesses, quorum };
}

/** The policy of somebody who knows only the log's key. */
export const policyOfLog = (key: VerifierKey): TrustPolicy => ({ logs: [{ key, url: null }], witnesses: [], quorum: NONE });

/** Whether the quorum is met: distinct keys count, not lines, and cosignatures from the future don't. `now` in POSIX seconds. */
export function quorumMet(quorum: Quorum, verified: readonly VerifiedSignature[], now: number): boolean {
  if (quorum.kind === 'none') return true;
  if (quorum.kind === 'witness') {
    return verified.some(({ key, time }) => key === quorum.key && time !== null && time <= now + COSIGNATURE_AHEAD_SECONDS_MAX);
  }
  return quorum.members.filter((member) => quorumMet(member, verified, now)).length >= quorum.least;
}
