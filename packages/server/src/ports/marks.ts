/**
 * What sticks to a task: the highest data class that it touched, and what taints it. Both only rise, until a person lowers them. They are
 * shared by all nodes and all doors: what came in through a tool counts for the next model call.
 */
import { DATA_CLASSES, type DataClass, type Taint, TAINTS } from './registry.ts';

export interface TaskMarks {
  readonly dataClass: DataClass;
  /** In the order of `TAINTS`, each once. */
  readonly taints: readonly Taint[];
}

export const NO_MARKS: TaskMarks = Object.freeze({ dataClass: 'public', taints: Object.freeze([]) as readonly Taint[] });

const rank = (name: DataClass): number => DATA_CLASSES.indexOf(name);

/** The higher class, and the taints of both. Gives `a` itself back where `b` adds nothing. */
export function joinMarks(a: TaskMarks, b: TaskMarks): TaskMarks {
  const rises = rank(b.dataClass) > rank(a.dataClass);
  const taints = TAINTS.filter((taint) => a.taints.includes(taint) || b.taints.includes(taint));
  if (!rises && taints.length === a.taints.length) return a;
  return { dataClass: rises ? b.dataClass : a.dataClass, taints };
}

export const sameMarks = (a: TaskMarks, b: TaskMarks): boolean =>
  a === b || (a.dataClass === b.dataClass && a.taints.length === b.taints.length && a.taints.every((t) => b.taints.includes(t)));

export interface Lowering {
  readonly org: string;
  readonly task: string;
  /** What stands afterwards; never above what stood. */
  readonly marks: TaskMarks;
  readonly by: string;
  readonly decision: string;
}

export interface MarkStore {
  /** From the database. */
  read(org: string, task: string): Promise<TaskMarks>;
  /** One transaction with its entry. @throws Fault request.conflict where the marks would rise */
  lower(lowering: Lowering): Promise<void>;
}
