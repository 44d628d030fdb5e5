/** A memory as the table has it, and as the port gives it. */
import type { Memory, MemoryContent, MemoryRecord } from '../../ports/memory.ts';
import type { DataClass, MemoryScope, Taint } from '../../ports/registry.ts';

export interface MemoryRow {
  readonly id: string;
  readonly scope: MemoryScope;
  readonly owner: string;
  readonly agent: string;
  readonly subject: string;
  readonly class: DataClass;
  readonly taints: string;
  readonly bytes: number;
  readonly digest: string;
  readonly decision: string;
  readonly created_at: Date;
  readonly expires_at: Date;
  readonly [column: string]: unknown;
}

export const COLUMNS = `m.id, m.scope, m.owner, m.agent, m.subject, m.class, m.taints, m.bytes, encode(m.digest, 'hex') as digest,
m.decision, m.created_at, m.expires_at`;

export const recordOf = (row: MemoryRow): MemoryRecord => ({
  id: row.id,
  scope: row.scope,
  owner: row.owner,
  agent: row.agent,
  subject: row.subject,
  dataClass: row.class,
  taints: JSON.parse(row.taints) as readonly Taint[],
  bytes: row.bytes,
  digest: row.digest,
  decision: row.decision,
  createdAt: row.created_at.toISOString(),
  expiresAt: row.expires_at.toISOString(),
});

/** Tags are words of agents, so they are kept where the text is. */
export const contentBytes = ({ text, tags }: MemoryContent): Buffer => Buffer.from(JSON.stringify({ tags, text }));

export function memoryOf(record: MemoryRecord, bytes: Uint8Array): Memory {
  const { text, tags } = JSON.parse(Buffer.from(bytes).toString('utf8')) as MemoryContent;
  return { ...record, text, tags };
}
