/** Arguments, read once more: the door has checked them against the schema, and this server keeps no promise on the strength of that. */
import { isRecord, type Json, type JsonRecord } from '@countersign/kernel/json';
import { MEMORY_SCOPES, type MemoryScope } from '../../ports/registry.ts';
import { DAYS_MAX, HITS, HITS_MAX, QUERY_CHARS_MAX, TAGS_MAX, TEXT_BYTES_MAX } from './limits.ts';
import { Refused } from './reply.ts';

export interface PutArguments {
  readonly text: string;
  readonly scope: MemoryScope;
  readonly expiresInDays: number | undefined;
  readonly tags: readonly string[];
}

export interface SearchArguments {
  readonly query: string;
  readonly scope: MemoryScope | undefined;
  readonly limit: number;
}

export type ForgetArguments = { readonly id: string } | { readonly scope: MemoryScope };

const TAG = /^[a-z0-9][a-z0-9-]{0,39}$/;
const ID = /^mem_[0-9a-f]{32}$/;

/** @throws Refused */
export function readPut(given: Json | undefined): PutArguments {
  const args = known(given, ['text', 'scope', 'expiresInDays', 'tags']);
  const text = args['text'];
  if (typeof text !== 'string' || text.trim() === '') throw new Refused('`text` must be a text that is not empty.');
  const bytes = Buffer.from(text);
  if (bytes.length > TEXT_BYTES_MAX)
    throw new Refused(`The text is ${bytes.length} bytes long; ${TEXT_BYTES_MAX} are remembered at most. Say it shorter.`);
  if (bytes.toString() !== text) throw new Refused('The text is not valid Unicode.');
  return { text, scope: scopeOf(args['scope']), expiresInDays: days(args['expiresInDays']), tags: tagsOf(args['tags']) };
}

/** @throws Refused */
export function readSearch(given: Json | undefined): SearchArguments {
  const args = known(given, ['query', 'scope', 'limit']);
  const { query, scope } = args;
  if (typeof query !== 'string' || query.length > QUERY_CHARS_MAX)
    throw new Refused(`\`query\` must be a text of at most ${QUERY_CHARS_MAX} characters.`);
  const limit = args['limit'] ?? HITS;
  if (!within(limit, HITS_MAX)) throw new Refused(`\`limit\` must be a whole number from 1 to ${HITS_MAX}.`);
  return { query, limit, scope: scope === undefined ? undefined : scopeOf(scope) };
}

/** @throws Refused */
export function readForget(given: Json | undefined): ForgetArguments {
  const { id, scope } = known(given, ['id', 'scope']);
  if ((id === undefined) === (scope === undefined)) throw new Refused('Name either an `id` or a `scope`.');
  if (id === undefined) return { scope: scopeOf(scope) };
  if (typeof id !== 'string' || !ID.test(id))
    throw new Refused('`id` must be the id of a memory, as `put` and `search` give it.');
  return { id };
}

function known(given: Json | undefined, names: readonly string[]): JsonRecord {
  const args = given ?? {};
  if (!isRecord(args)) throw new Refused('The arguments must be an object.');
  if (Object.keys(args).some((name) => !names.includes(name)))
    throw new Refused(`There is an argument that this tool does not have. It has: ${names.join(', ')}.`);
  return args;
}

function scopeOf(given: Json | undefined): MemoryScope {
  const scope = MEMORY_SCOPES.find((one) => one === given);
  if (scope === undefined) throw new Refused(`\`scope\` must be one of: ${MEMORY_SCOPES.join(', ')}.`);
  return scope;
}

const within = (value: Json, most: number): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= most;

function days(given: Json | undefined): number | undefined {
  if (given === undefined) return undefined;
  if (!within(given, DAYS_MAX)) throw new Refused(`\`expiresInDays\` must be a whole number from 1 to ${DAYS_MAX}.`);
  return given;
}

function tagsOf(given: Json | undefined): readonly string[] {
  const tags = given ?? [];
  const fits = (tag: Json): tag is string => typeof tag === 'string' && TAG.test(tag);
  if (!Array.isArray(tags) || tags.length > TAGS_MAX || !(tags as readonly Json[]).every(fits))
    throw new Refused(`\`tags\` must be at most ${TAGS_MAX} lower case words of letters, digits and dashes.`);
  return [...new Set(tags as readonly string[])];
}
