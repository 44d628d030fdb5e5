/** Writing a memory: text as a payload, the row, and the entry that names both, all of it or nothing. */
import { createHash, randomBytes } from 'node:crypto';
import { BLIND_BYTES, type EntryDraft, ledgerId } from '@countersign/kernel/ledger';
import type { MemoryCaps, MemoryDraft } from '../../ports/memory.ts';
import type { PayloadDraft } from '../../ports/road-store.ts';
import { statement, type Tx } from '../postgres/index.ts';
import { entryTime, envelope, pseudonymOf } from '../record/author.ts';
import type { MemoryParts } from './parts.ts';
import { contentBytes } from './row.ts';

/** Whoever writes to the same place waits here until this transaction has ended. */
const LOCK = statement(`
insert into memory_place (org, scope, owner, puts) values ($1, $2, $3, 1)
on conflict (org, scope, owner) do update set puts = memory_place.puts + 1`);
const HELD = statement(`
select count(*)::int as memories, coalesce(sum(bytes), 0)::int as bytes from memory
where org = $1 and scope = $2 and owner = $3 and expires_at > clock_timestamp()`);
const INSERT = statement(`
insert into memory (org, id, scope, owner, agent, subject, class, taints, bytes, digest, decision, created_at, expires_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`);
const FIND = statement('select 1 as one from memory where org = $1 and id = $2');

export async function put(parts: MemoryParts, org: string, draft: MemoryDraft, caps: MemoryCaps): Promise<'stored' | 'full'> {
  const bytes = contentBytes(draft);
  const payload = payloadOf(draft, bytes);
  return await parts.store.tx(
    async (tx) => {
      if (!(await fits(tx, org, draft, { caps, bytes: bytes.length }))) return 'full';
      await parts.payloads.insert(tx, org, [payload]);
      await tx.run(INSERT, [
        org,
        draft.id,
        draft.scope,
        draft.owner,
        draft.agent,
        draft.subject,
        draft.dataClass,
        JSON.stringify(draft.taints),
        bytes.length,
        Buffer.from(payload.digest, 'hex'),
        draft.decision,
        draft.createdAt,
        draft.expiresAt,
      ]);
      await parts.ledger.appendInTx(tx, org, [entryOf(parts, org, draft, payload)]);
      return 'stored';
    },
    // The id is new with each call: a row that has it is this one.
    { resolve: async () => ((await parts.store.query(FIND, [org, draft.id])).length > 0 ? { found: 'stored' } : undefined) },
  );
}

async function fits(
  tx: Tx,
  org: string,
  { scope, owner }: MemoryDraft,
  { caps, bytes }: { readonly caps: MemoryCaps; readonly bytes: number },
): Promise<boolean> {
  await tx.run(LOCK, [org, scope, owner]);
  const [held] = await tx.query<{ memories: number; bytes: number }>(HELD, [org, scope, owner]);
  return held !== undefined && held.memories < caps.memories && held.bytes + bytes <= caps.bytes;
}

function payloadOf(draft: MemoryDraft, bytes: Buffer): PayloadDraft {
  const blind = randomBytes(BLIND_BYTES);
  return {
    kind: 'memory',
    class: draft.dataClass,
    bytes,
    blind,
    digest: createHash('sha256').update(blind).update(bytes).digest('hex'),
    subject: draft.subject,
    retainUntil: draft.expiresAt,
  };
}

function entryOf({ author }: MemoryParts, org: string, draft: MemoryDraft, payload: PayloadDraft): EntryDraft {
  return {
    ...envelope(author, org),
    type: 'memory.written',
    principal: pseudonymOf(draft.agent),
    onBehalfOf: pseudonymOf(draft.subject),
    payloads: [{ digest: payload.digest, bytes: payload.bytes.length, class: payload.class, kind: payload.kind }],
    detail: {
      memory: draft.id,
      decision: ledgerId(draft.decision),
      scope: draft.scope,
      owner: ledgerId(draft.owner),
      class: draft.dataClass,
      expiresAt: entryTime(draft.expiresAt),
    },
  };
}
