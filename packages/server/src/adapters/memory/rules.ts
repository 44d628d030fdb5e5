/** The bundle's rules about memories, by data class. */
import { DATA_CLASSES, type DataClass, MEMORY_SCOPES, type MemoryRule, type MemoryScope } from '../../ports/registry.ts';
import type { Memory } from '../../ports/memory.ts';

export type Rules = Readonly<Record<DataClass, MemoryRule>>;

export const DAY_MS = 86_400_000;

const rank = (name: DataClass): number => DATA_CLASSES.indexOf(name);
const width = (scope: MemoryScope): number => MEMORY_SCOPES.indexOf(scope);

export const isAbove = (a: DataClass, b: DataClass): boolean => rank(a) > rank(b);
export const higher = (a: DataClass, b: DataClass): DataClass => (isAbove(a, b) ? a : b);

/** INVARIANT: restricted is never remembered, whatever a rule says. */
const remembers = (rules: Rules, name: DataClass): boolean => name !== 'restricted' && rules[name].allowed;

export const reaches = ({ finest, coarsest }: MemoryRule, scope: MemoryScope): boolean =>
  width(finest) <= width(scope) && width(scope) <= width(coarsest);

/** Classes of which something may be remembered, up to one. */
export const classesUpTo = (rules: Rules, most: DataClass): readonly DataClass[] =>
  DATA_CLASSES.filter((name) => remembers(rules, name) && !isAbove(name, most));

/** What was written under older rules is given only where the rules of today would let it live. */
export function livesUnder(rules: Rules, { dataClass, scope, createdAt }: Memory, nowMs: number): boolean {
  const rule = rules[dataClass];
  return remembers(rules, dataClass) && reaches(rule, scope) && Date.parse(createdAt) + rule.days * DAY_MS > nowMs;
}
