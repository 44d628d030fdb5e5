/** What neither the schema nor the annotations can show: names in policies that nothing has, quorums that nobody can reach. */
import type { EntityRecord } from '@countersign/kernel/action';
import type { PolicySource } from '@countersign/kernel/decide';
import { isRecord, type Json } from '@countersign/kernel/json';
import type { Findings } from '../finding.ts';
import { nearest } from '../schema/nearest.ts';

/** Laid over a request by its door, never registered. */
const PER_REQUEST = new Set(['Path', 'Command', 'Host', 'Action']);

export function lintBundle(
  policies: readonly PolicySource[],
  entities: readonly EntityRecord[],
  members: ReadonlyMap<string, readonly string[]>,
  findings: Findings,
): void {
  const known = new Set(entities.map(({ uid }) => `${uid.type}::${uid.id}`));
  for (const policy of policies) {
    const place = { file: policy.file, line: policy.line, column: 1 };
    for (const { type, id } of namedIn(policy.est)) {
      const short = type.split('::').pop() ?? type;
      if (PER_REQUEST.has(short) || known.has(`${type}::${id}`)) continue;
      const near = nearest(
        id,
        entities.filter(({ uid }) => uid.type === type).map(({ uid }) => uid.id),
      );
      findings.error(place, {
        code: 'policy.unknown-entity',
        message: `\`${policy.id}\` names ${short} \`${id}\`, which is not registered, so it could never match.`,
        ...(near === undefined ? {} : { hint: `did you mean \`${near}\`?` }),
      });
    }
    checkQuorum(policy, members, findings);
  }
}

/** With fewer members than the quorum a gate is a limit that nobody said. */
function checkQuorum(policy: PolicySource, members: ReadonlyMap<string, readonly string[]>, findings: Findings): void {
  const { approvers, min } = isRecord(policy.est) && isRecord(policy.est['annotations']) ? policy.est['annotations'] : {};
  if (typeof approvers !== 'string' || typeof min !== 'string') return;
  const able = members.get(approvers)?.length ?? 0;
  if (able < Number(min)) {
    findings.error(
      { file: policy.file, line: policy.line, column: 1 },
      {
        code: 'policy.quorum',
        message: `\`${policy.id}\` needs ${min} of \`${approvers}\`, which has ${able} ${able === 1 ? 'member' : 'members'}.`,
      },
    );
  }
}

interface Named {
  readonly type: string;
  readonly id: string;
}

/** Entity literals of scope and conditions. */
function namedIn(est: Json): readonly Named[] {
  const found = new Map<string, Named>();
  const visit = (value: Json): void => {
    if (Array.isArray(value)) for (const each of value as readonly Json[]) visit(each);
    else if (isRecord(value)) {
      const { type, id } = value;
      if (typeof type === 'string' && typeof id === 'string' && Object.keys(value).length === 2)
        found.set(`${type}::${id}`, { type, id });
      for (const each of Object.values(value)) visit(each);
    }
  };
  visit(isRecord(est) ? { ...est, annotations: {} } : est);
  return [...found.values()];
}
