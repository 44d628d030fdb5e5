/** What an answer brings into the task of who reads it: its class, and what taints it. */
import { isRecord, type JsonRecord } from '@countersign/kernel/json';
import type { TaskMarks } from '../../../ports/marks.ts';
import { type DataClass, TAINTS } from '../../../ports/registry.ts';
import { taintsOf } from './operation.ts';
import { highest, type Plan } from './plan.ts';

/** Said by servers of our own process about what is in one answer; anybody else's word for it counts for nothing. */
const META_CLASS = 'countersign/dataClass';
const META_TAINTS = 'countersign/taints';

/** @param raw the answer as it came, where there is one @param raised class that was found in its text */
export function marksOf(plan: Plan, raw: JsonRecord | undefined, raised: DataClass | undefined): TaskMarks {
  const { server, operation } = plan;
  const said = server.transport.kind === 'memory' && isRecord(raw?.['_meta']) ? raw['_meta'] : {};
  const { [META_CLASS]: named, [META_TAINTS]: brought } = said;
  const more: readonly unknown[] = Array.isArray(brought) ? brought : [];
  const own = taintsOf(server, operation);
  return {
    dataClass:
      highest([server.dataClass, operation?.dataClass, raised, ...(typeof named === 'string' ? [named as DataClass] : [])]) ??
      'public',
    taints: TAINTS.filter((taint) => (taint !== 'egress' && own.includes(taint)) || more.includes(taint)),
  };
}
