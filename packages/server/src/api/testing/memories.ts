/** Two memories and a desk over them: only the security person reads, only the administrator erases. For tests only. */
import { Fault } from '@countersign/kernel/fault';
import type { Memory } from '../../ports/memory.ts';
import type { MemoryDesk } from '../deps.ts';

export const MEMORY: Memory = {
  id: `mem_${'1'.repeat(32)}`,
  scope: 'team',
  owner: 'payments',
  agent: 'payments-fixer',
  subject: 'usr_ada',
  dataClass: 'internal',
  taints: ['untrusted'],
  bytes: 40,
  digest: 'd'.repeat(64),
  decision: 'dec_1',
  createdAt: '2026-06-01T10:00:00.000Z',
  expiresAt: '2026-08-30T10:00:00.000Z',
  text: 'The build needs Node 20',
  tags: ['build'],
};

export function memoryDesk(): MemoryDesk {
  const kept: Memory[] = [
    MEMORY,
    {
      ...MEMORY,
      id: `mem_${'0'.repeat(32)}`,
      scope: 'agent',
      owner: 'payments-fixer',
      dataClass: 'confidential',
      subject: 'usr_vic',
    },
  ];
  const bare = ({ text: _text, tags: _tags, ...record }: Memory) => record;
  return {
    list: async ({ limit, cursor, scope, owner, agent, subject }) => {
      const from = cursor === undefined ? 0 : kept.findIndex(({ id }) => id === cursor) + 1;
      const rows = kept
        .slice(from)
        .filter((one) => [scope ?? one.scope, owner ?? one.owner].join() === [one.scope, one.owner].join())
        .filter((one) => [agent ?? one.agent, subject ?? one.subject].join() === [one.agent, one.subject].join());
      const last = rows[limit - 1];
      const data = rows.slice(0, limit).map(bare);
      return rows.length > limit && last !== undefined ? { data, nextCursor: last.id } : { data };
    },
    find: async (id) => kept.filter((one) => one.id === id).map(bare)[0],
    read: async (by, id) => {
      if (!by.groups.includes('group:security')) throw new Fault('policy.denied', 'Only security reads what is kept apart.');
      return kept.find((one) => one.id === id);
    },
    forget: async (by, { id }) => {
      if (!by.admin) throw new Fault('policy.denied', 'Only the administrator erases.');
      const at = kept.findIndex((one) => one.id === id);
      return kept.splice(at, at < 0 ? 0 : 1).length;
    },
  };
}
