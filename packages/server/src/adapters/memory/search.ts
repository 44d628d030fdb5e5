import type { Json, JsonRecord } from '@countersign/kernel/json';
import type { Memory } from '../../ports/memory.ts';
import type { DataClass, Taint } from '../../ports/registry.ts';
import type { ToolReply } from '../../ports/tool.ts';
import { readSearch } from './arguments.ts';
import type { Work } from './work.ts';
import { ANSWER_BYTES_MAX } from './limits.ts';
import { placeOf, placesOf } from './places.ts';
import { rank } from './rank.ts';
import { answer, type Marks } from './reply.ts';
import { classesUpTo, higher, livesUnder } from './rules.ts';

/** Text and structure say the same, and quotes grow in both. */
const TIMES = 4;

/** @throws Refused, Fault of the store */
export async function search({ deps, caller, server, rules, owners }: Work, given: Json | undefined): Promise<ToolReply> {
  const { query, scope, limit } = readSearch(given);
  const places = scope === undefined ? placesOf(owners) : [placeOf(owners, scope)];
  const classes = classesUpTo(rules, caller.clearance);
  const all = await deps.store.recall(deps.org, { places, classes, subject: caller.onBehalfOf });
  const now = deps.clock.now();
  const found = await rank(
    all.filter((memory) => livesUnder(rules, memory, now)),
    query,
  );
  const hits = fitting(found.slice(0, limit), Math.min(ANSWER_BYTES_MAX, Math.floor(server.resultBytesMax / TIMES)));
  return answer({ hits: hits.map((hit) => view(hit, now)), more: hits.length < found.length }, marksOf(hits));
}

/** Best ones, as long as they fit; the first always does. */
function fitting(found: readonly Memory[], bytesMax: number): readonly Memory[] {
  let bytes = 0;
  const upTo = found.findIndex((memory) => (bytes += memory.bytes) > bytesMax);
  return upTo < 0 ? found : found.slice(0, Math.max(1, upTo));
}

const view = ({ id, text, tags, scope, dataClass, agent, decision, createdAt, expiresAt }: Memory, now: number): JsonRecord => ({
  id,
  text,
  tags: [...tags],
  scope,
  class: dataClass,
  writtenBy: agent,
  decision,
  ageSeconds: Math.max(0, Math.floor((now - Date.parse(createdAt)) / 1_000)),
  expiresAt,
});

/** Of what is in the answer; an empty one brings nothing. */
function marksOf(hits: readonly Memory[]): Marks | undefined {
  if (hits.length === 0) return undefined;
  const dataClass = hits.reduce<DataClass>((most, hit) => higher(most, hit.dataClass), 'public');
  return { dataClass, taints: [...new Set<Taint>(hits.flatMap(({ taints }) => taints))] };
}
