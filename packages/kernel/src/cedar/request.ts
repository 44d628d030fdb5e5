/** The request checker: one per action, compiled from the schema. It decides which member of a context may come from whom. */
import type { EntityRef } from '../action/index.ts';
import { Fault } from '../fault.ts';
import type { JsonRecord } from '../json.ts';
import {
  type ConvertMember,
  convertMember,
  convertMembers,
  convertText,
  type EnumIds,
  newWalk,
  pointerOf,
  type Walk,
} from './convert.ts';
import type { ActionType } from './schema.ts';
import type { EntityUid, RecordValue, Value } from './value.ts';

/** Who may set a member: the caller (`args`), our facts, or the kernel itself. */
export const MEMBER_SOURCES = ['request', 'facts', 'kernel'] as const;
export type MemberSource = (typeof MEMBER_SOURCES)[number];

export interface RequestProblem {
  /** RFC 6901 pointer into `{principal, action, resource, args, context}`. */
  readonly pointer: string;
  readonly problem: string;
}

export interface CheckedContext {
  readonly context: RecordValue;
  /** Entities that arguments and facts name, each of which must be registered. */
  readonly namedByRequest: readonly EntityUid[] | undefined;
  readonly namedByFacts: readonly EntityUid[] | undefined;
}

export interface RequestChecker {
  readonly action: ActionType;
  readonly fromRequest: readonly string[];
  readonly fromFacts: readonly string[];
  check(args: JsonRecord, facts: JsonRecord): CheckedContext | RequestProblem;
}

/** Keys that mean something else in Cedar's own JSON; no schema of ours may use them. */
const ESCAPES = new Set(['__entity', '__extn', '__expr']);

const refuse = (action: ActionType, what: string): never => {
  throw new Fault('bundle.invalid', `The context of action "${action.uid.id.slice(0, 100)}" ${what}.`);
};

/** Members that the kernel sets, by name; each is a String. */
type KernelMembers = Readonly<Record<string, string>>;

/** Compiles the checker of one action. Faults with `bundle.invalid` when a member of its context does not say who may set it. */
export function compileChecker(action: ActionType, idsOf: EnumIds, kernelMembers: KernelMembers): RequestChecker {
  const bySource: Record<MemberSource, ConvertMember[]> = { request: [], facts: [], kernel: [] };
  for (const [name, member] of action.context.members) {
    const source = MEMBER_SOURCES.find((candidate) => candidate === member.annotations.from);
    if (source === undefined)
      return refuse(action, `does not say who sets "${name.slice(0, 100)}": @from("request"), "facts" or "kernel"`);
    if (ESCAPES.has(name)) return refuse(action, 'has a member named like an escape of Cedar');
    if (source === 'kernel' && (kernelMembers[name] === undefined || member.type.kind !== 'string')) {
      return refuse(
        action,
        `expects "${name.slice(0, 100)}" from the kernel, which sets only ${Object.keys(kernelMembers).join(', ')} (String)`,
      );
    }
    bySource[source].push(convertMember(name, member, idsOf));
  }
  const fixed = bySource.kernel.map(({ name }): [string, Value] => [name, kernelMembers[name] ?? '']);
  const { request, facts } = bySource;
  return {
    action,
    fromRequest: request.map((member) => member.name),
    fromFacts: facts.map((member) => member.name),
    check(args, factMembers) {
      const context = new Map<string, Value>(fixed);
      const asked = newWalk(true);
      if (!convertMembers(args, request, context, asked)) return problemAt(asked, '/args');
      const known = newWalk(false);
      if (!convertMembers(factMembers, facts, context, known)) return problemAt(known, '/context');
      return { context, namedByRequest: asked.named, namedByFacts: known.named };
    },
  };
}

const problemAt = (walk: Walk, root: string): RequestProblem => ({ pointer: pointerOf(walk, root), problem: walk.problem });

/** Checks a principal or resource: two strings that an approver can read, of a type that the action takes. */
export function checkRef(ref: EntityRef, types: ReadonlySet<string>, pointer: string): RequestProblem | undefined {
  if (typeof ref !== 'object' || ref === null || typeof ref.type !== 'string')
    return { pointer, problem: 'must be {"type", "id"}' };
  if (!types.has(ref.type)) return { pointer: `${pointer}/type`, problem: 'is not a type that this action takes' };
  const walk = newWalk(true);
  return convertText(ref.id, walk) === undefined ? { pointer: `${pointer}/id`, problem: walk.problem } : undefined;
}
