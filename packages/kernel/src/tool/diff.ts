/** What differs between two definitions, member by member, for the person who has to decide about it. */
import { isRecord, type Json } from '../json.ts';

export interface DefinitionChange {
  /** JSON pointer (RFC 6901). */
  readonly path: string;
  readonly change: 'added' | 'removed' | 'changed';
  readonly before?: Json;
  readonly after?: Json;
}

/** Nobody reads more; the pin covers all the same. */
export const CHANGES_MAX = 200;

const step = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1');
const sameText = (a: Json, b: Json): boolean => JSON.stringify(a) === JSON.stringify(b);

/** At most `CHANGES_MAX`, in the order of the members. Lists are compared as wholes where their length differs. */
export function diffDefinitions(before: Json, after: Json): readonly DefinitionChange[] {
  const changes: DefinitionChange[] = [];
  compare(before, after, '', changes);
  return changes;
}

function compare(before: Json, after: Json, path: string, changes: DefinitionChange[]): void {
  if (changes.length >= CHANGES_MAX) return;
  if (isRecord(before) && isRecord(after)) {
    for (const key of [...new Set([...Object.keys(before), ...Object.keys(after)])].sort())
      compareMember(before[key], after[key], `${path}/${step(key)}`, changes);
    return;
  }
  if (Array.isArray(before) && Array.isArray(after) && before.length === after.length) {
    (before as readonly Json[]).forEach((each, index) =>
      compareMember(each, (after as readonly Json[])[index], `${path}/${index}`, changes),
    );
    return;
  }
  if (!sameText(before, after)) changes.push({ path, change: 'changed', before, after });
}

function compareMember(before: Json | undefined, after: Json | undefined, path: string, changes: DefinitionChange[]): void {
  if (changes.length >= CHANGES_MAX) return;
  if (before === undefined && after !== undefined) changes.push({ path, change: 'added', after });
  else if (before !== undefined && after === undefined) changes.push({ path, change: 'removed', before });
  else if (before !== undefined && after !== undefined) compare(before, after, path, changes);
}
