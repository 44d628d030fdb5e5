import type { Json } from '@countersign/kernel/json';
import type { DataClass, Taint } from '../../ports/registry.ts';
import type { ToolReply } from '../../ports/tool.ts';
import { readPut } from './arguments.ts';
import type { Work } from './work.ts';
import { PLACE_CAPS } from './limits.ts';
import { placeOf } from './places.ts';
import { answer, Refused } from './reply.ts';
import { DAY_MS, isAbove, reaches, type Rules } from './rules.ts';
import { screen } from './screen.ts';

/** What a task may have seen of which nobody said anything. */
const UNKNOWN: readonly Taint[] = ['private', 'untrusted'];

/** @throws Refused, Fault of the store */
export async function put({ deps, caller, server, rules, owners, decision }: Work, given: Json | undefined): Promise<ToolReply> {
  const { text, scope, expiresInDays, tags } = readPut(given);
  const place = placeOf(owners, scope);
  const screened = await screen(deps.inspect, [text, ...tags].join('\n'), caller.dataClass);
  const { dataClass } = screened;
  if (isAbove(dataClass, server.maxDataClass))
    throw new Refused(`The text is ${dataClass}; nothing above ${server.maxDataClass} may be sent to this server.`);
  const days = lifeOf(rules, { dataClass, scope, expiresInDays });
  const now = deps.clock.now();
  const id = deps.newId('mem');
  const expiresAt = new Date(now + days * DAY_MS).toISOString();
  const stored = await deps.store.put(
    deps.org,
    {
      id,
      ...place,
      agent: caller.agent,
      subject: caller.onBehalfOf,
      dataClass,
      taints: taintsOf(caller.taints ?? UNKNOWN, screened.taints, dataClass),
      text,
      tags,
      decision,
      createdAt: new Date(now).toISOString(),
      expiresAt,
    },
    PLACE_CAPS,
  );
  if (stored === 'full')
    throw new Refused(
      `Nothing more fits into this ${scope}: it holds ${PLACE_CAPS.memories} memories and ${PLACE_CAPS.bytes} bytes at most. Forget what is no longer needed, or use another scope.`,
    );
  return answer({ id, scope, class: dataClass, expiresAt });
}

type Wish = Pick<ReturnType<typeof readPut>, 'scope' | 'expiresInDays'> & { readonly dataClass: DataClass };

/** @returns days */
function lifeOf(rules: Rules, { dataClass, scope, expiresInDays }: Wish): number {
  const rule = rules[dataClass];
  if (!rule.allowed || dataClass === 'restricted') throw new Refused(`Nothing that is ${dataClass} is remembered here.`);
  if (!reaches(rule, scope))
    throw new Refused(
      `The text is ${dataClass}, and that is remembered for scopes from ${rule.finest} to ${rule.coarsest} only, not for ${scope}.`,
    );
  const days = expiresInDays ?? rule.days;
  if (days > rule.days) throw new Refused(`The text is ${dataClass}, and that is remembered for ${rule.days} days at most.`);
  return days;
}

/** A way out belongs to a task and not to a text; what is confidential is private by itself. */
function taintsOf(task: readonly Taint[], own: readonly Taint[], dataClass: DataClass): readonly Taint[] {
  const all = new Set<Taint>([...task, ...own, ...(dataClass === 'confidential' ? (['private'] as const) : [])]);
  all.delete('egress');
  return [...all].sort();
}
