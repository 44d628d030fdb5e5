/** Whether a new tool looks like one that went away: a rename must not hide that its text changed. */
import { isRecord, type Json, type JsonRecord } from '../json.ts';

/** Share of what two definitions have in common, from which they are shown side by side. */
export const LIKENESS_MIN = 0.5;

/** 0 to 1: how much of words and properties two definitions share. Names count little, since renaming is the point. */
export function likeness(a: JsonRecord, b: JsonRecord): number {
  const text = overlap(textWords(a), textWords(b));
  const properties = overlap(propertiesOf(a), propertiesOf(b));
  const name = overlap(wordsIn(a['name']), wordsIn(b['name']));
  return 0.5 * text + 0.3 * properties + 0.2 * name;
}

/** Jaccard; two empty sets say nothing, and count as different. */
function overlap(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  if (a.size === 0 || b.size === 0) return 0;
  let common = 0;
  for (const each of a) if (b.has(each)) common += 1;
  return common / (a.size + b.size - common);
}

const wordsIn = (value: Json | undefined): ReadonlySet<string> =>
  new Set(typeof value === 'string' ? (value.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []) : []);

const textWords = (definition: JsonRecord): ReadonlySet<string> =>
  new Set([...wordsIn(definition['title']), ...wordsIn(definition['description'])]);

function propertiesOf({ inputSchema }: JsonRecord): ReadonlySet<string> {
  const properties = isRecord(inputSchema) ? inputSchema['properties'] : undefined;
  return new Set(isRecord(properties) ? Object.keys(properties) : []);
}
