/** Approval requests of a road in memory, answered as the store does. For tests only. */
import { Fault } from '@countersign/kernel/fault';
import type { World } from '../../govern/testing/world.ts';
import type { ApprovalRecord, ApprovalStore } from '../../ports/approvals.ts';

export function approvalsOf(world: World, base: ApprovalStore): ApprovalStore {
  const put = (record: ApprovalRecord) => {
    world.approvals.set(record.id, record);
    return record;
  };
  const get = (id: string) => {
    const record = world.approvals.get(id);
    if (record === undefined) throw new Fault('request.not-found', 'There is no such approval request.');
    return record;
  };
  return {
    ...base,
    async decide({ approval, approver, answer, reason }) {
      const record = get(approval);
      if (record.state !== 'open') throw new Fault('approval.closed', 'The approval request is no longer open.');
      const gate = record.gates[0]?.gate ?? 'none';
      const verdicts = [...record.verdicts, { approver, answer, gate, reason, at: new Date(world.nowMs).toISOString() }];
      return put({ ...record, verdicts, state: answer === 'approve' ? 'approved' : 'denied' });
    },
    withdraw: async (_org, id) => put({ ...get(id), state: 'withdrawn' }),
    async list(_org, { state, limit, cursor }) {
      const all = [...world.approvals.values()].reverse().filter((record) => state === undefined || record.state === state);
      const from = Number(cursor ?? 0);
      const data = all.slice(from, from + limit);
      return from + limit < all.length ? { data, nextCursor: String(from + limit) } : { data };
    },
  };
}
