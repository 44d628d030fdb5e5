/**
 * Pins: what was approved, as one hash. A pin holds the definition and not the behaviour. Its input is canonical JSON, so the order of
 * members never matters; what does matter is every member that an agent or an approver was shown.
 */
import { Fault } from '../fault.ts';
import type { Json, JsonRecord } from '../json.ts';
import { canonicalize, hexEncode, type Sha256, utf8Encode } from '../ledger/index.ts';
import { DEFINITION_MEMBERS } from './definition.ts';

const hashOf = (value: Json, sha256: Sha256): string => hexEncode(sha256(utf8Encode(canonicalize(value))));

/**
 * SHA-256, hex, over server id and definition. Members that do not count may be there and are left out.
 * @throws Fault json.not-canonical for what has no canonical form: numbers beyond 2^53, half surrogates, nesting beyond 64
 */
export function toolPin(server: string, definition: JsonRecord, sha256: Sha256): string {
  const hashed: Record<string, Json> = { server };
  for (const member of DEFINITION_MEMBERS) {
    const value = definition[member];
    if (value !== undefined && value !== null) hashed[member] = value;
  }
  return hashOf(hashed, sha256);
}

/** What of a server reaches agents or runs, apart from its tools. */
export interface ServerIdentity {
  /** Command, arguments and file digest; or origin. */
  readonly launch: JsonRecord;
  readonly instructions: string | null;
  readonly prompts: readonly JsonRecord[];
  readonly resourceTemplates: readonly JsonRecord[];
}

export interface NamedPin {
  readonly name: string;
  readonly pin: string;
}

export interface ServerPins {
  /** Over launch, instructions, prompts and resource templates. When it changes, the whole server waits for a person. */
  readonly identity: string;
  /** Over the identity and the set of tools, each with its pin: what an approver of a whole server approves. */
  readonly server: string;
}

/** @throws Fault json.not-canonical; request.invalid when two tools have one name */
export function serverPins(server: string, identity: ServerIdentity, tools: readonly NamedPin[], sha256: Sha256): ServerPins {
  const { launch, instructions } = identity;
  const named = tools.map(({ name, pin }): [string, string] => [name, pin]).sort(([a], [b]) => (a < b ? -1 : 1));
  if (named.some(([name], index) => named[index + 1]?.[0] === name))
    throw new Fault('request.invalid', 'Two tools of one server have the same name.');
  const hash = hashOf(
    {
      server,
      launch,
      instructions,
      prompts: inOrder(identity.prompts),
      resourceTemplates: inOrder(identity.resourceTemplates),
    },
    sha256,
  );
  return { identity: hash, server: hashOf({ identity: hash, tools: named }, sha256) };
}

/** Lists of a server are sets: another order is no change. */
const inOrder = (list: readonly JsonRecord[]): readonly Json[] =>
  list
    .map((each) => withoutIcons(each))
    .map((each) => ({ each, text: canonicalize(each) }))
    .sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0))
    .map(({ each }) => each);

const withoutIcons = ({ icons: _, ...rest }: JsonRecord): JsonRecord => rest;
