/** Who may decide an approval request. The store checks again under the row's lock; here the answer comes before anything is asked of it. */
import { Fault } from '@countersign/kernel/fault';
import type { ApprovalRecord } from '../../ports/approvals.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Person } from '../deps.ts';

export type MayDecide =
  | { readonly ok: true }
  | { readonly ok: false; readonly code: 'approval.closed' | 'approval.forbidden'; readonly why: string };

const no = (code: 'approval.closed' | 'approval.forbidden', why: string): MayDecide => ({ ok: false, code, why });

export function mayDecide(record: ApprovalRecord, person: Person, clock: Clock): MayDecide {
  if (record.state !== 'open') return no('approval.closed', `This request is ${record.state} already.`);
  if (Date.parse(record.expiresAt) <= clock.now()) return no('approval.closed', 'This request has expired.');
  if (person.id === record.requester || person.id === record.onBehalfOf)
    return no('approval.forbidden', 'Nobody may approve a request that was made for them.');
  const groups = [...new Set(record.gates.map(({ approvers }) => approvers))];
  if (!groups.some((group) => person.groups.includes(group)))
    return no('approval.forbidden', `This is for members of ${groups.map((name) => `\`${name}\``).join(' or ')}.`);
  return { ok: true };
}

/** @throws Fault as `mayDecide` says */
export function checkMayDecide(record: ApprovalRecord, person: Person, clock: Clock): void {
  const may = mayDecide(record, person, clock);
  if (!may.ok) throw new Fault(may.code, may.why);
}
