/** Revisions, and the pointer to the one in force. Specified by ports/bundles.ts. */
import { Fault } from '@countersign/kernel/fault';
import { type EntryDraft, ledgerId } from '@countersign/kernel/ledger';
import { isRecord, type JsonRecord } from '@countersign/kernel/json';
import type { BundleStore, StoredBundle } from '../../ports/bundles.ts';
import { insertOutbox } from '../outbox/index.ts';
import type { Tx } from '../postgres/index.ts';
import { envelope, pseudonymOf } from '../record/author.ts';
import { raiseVersion, type StateParts } from '../record/parts.ts';

interface BundleRow {
  readonly org: string;
  readonly revision: string;
  readonly archive: Buffer;
  readonly signature: string;
  readonly key_id: string;
  readonly created_at: Date;
}

interface Activation {
  readonly org: string;
  readonly revision: string;
  readonly expect: string | null;
  readonly by: string;
  readonly detail: JsonRecord;
}

/** Tiers that rose with this revision, as the entry keeps them; the entry has room for so many. */
const PROMOTIONS_MAX = 32;

function promotionsOf({ promotions }: JsonRecord): { promotions?: string[] } {
  if (!Array.isArray(promotions) || promotions.length === 0) return {};
  const texts = promotions
    .filter(isRecord)
    .map(({ agent, from, to, approvedBy }) =>
      pseudonymOf(`${String(agent)}:${String(from)}-${String(to)}:${String(approvedBy)}`),
    );
  return { promotions: texts.slice(0, PROMOTIONS_MAX) };
}

const HISTORY_MAX = 1_000;

const stale = (): Fault => new Fault('bundle.stale', 'Another revision came into force meanwhile. Plan again against that one.');

export class PostgresBundles implements BundleStore {
  readonly #parts: StateParts;

  constructor(parts: StateParts) {
    this.#parts = parts;
  }

  async save({ org, revision, archive, signature, keyId, createdAt }: StoredBundle): Promise<void> {
    await this.#parts.store.query(
      `insert into bundle (org, revision, archive, signature, key_id, created_at) values ($1, $2, $3, $4, $5, $6) on conflict do nothing`,
      [org, revision, Buffer.from(archive.buffer, archive.byteOffset, archive.byteLength), signature, keyId, createdAt],
    );
  }

  /** @throws Fault bundle.stale; request.not-found for a revision that was not saved */
  async activate(
    org: string,
    revision: string,
    options: { expect: string | null; by: string; detail: JsonRecord },
  ): Promise<void> {
    await this.#parts.store.tx((tx) => this.#activate(tx, { org, revision, ...options }), {
      // After an unknown commit the pointer tells: whoever finds it where they wanted it has got what they asked.
      resolve: async () => ((await this.activeRevision(org)) === revision ? { found: undefined } : undefined),
    });
  }

  async #activate(tx: Tx, { org, revision, expect, by, detail }: Activation): Promise<void> {
    const saved = await tx.query('select 1 as one from bundle where org = $1 and revision = $2', [org, revision]);
    if (saved.length === 0) throw new Fault('request.not-found', 'This revision was not saved.');
    const moved =
      expect === null
        ? await tx.run('insert into bundle_active (org, revision) values ($1, $2) on conflict do nothing', [org, revision])
        : await tx.run('update bundle_active set revision = $2 where org = $1 and revision = $3', [org, revision, expect]);
    if (moved === 0) throw stale();
    await tx.run(
      `insert into bundle_applied (org, n, revision, applied_at, by, detail)
       select $1, coalesce(max(n), 0) + 1, $2, clock_timestamp(), $3, $4 from bundle_applied where org = $1`,
      [org, revision, by, JSON.stringify(detail)],
    );
    await raiseVersion(tx, org);
    const previous = expect === null ? {} : { previous: ledgerId(expect) };
    const entry: EntryDraft = {
      ...envelope(this.#parts.author, org),
      type: 'bundle.applied',
      detail: { revision: ledgerId(revision), ...previous, by: pseudonymOf(by), ...promotionsOf(detail) },
    };
    await insertOutbox(tx, [{ org, id: entry.id, kind: 'bundle.applied', body: { revision, previous: expect, by } }]);
    await this.#parts.ledger.appendInTx(tx, org, [entry]);
  }

  async activeRevision(org: string): Promise<string | undefined> {
    const rows = await this.#parts.store.query<{ revision: string }>('select revision from bundle_active where org = $1', [org]);
    return rows[0]?.revision;
  }

  async find(org: string, revision: string): Promise<StoredBundle | undefined> {
    const [row] = await this.#parts.store.query<BundleRow>(
      'select org, revision, archive, signature, key_id, created_at from bundle where org = $1 and revision = $2',
      [org, revision],
    );
    if (row === undefined) return undefined;
    const { archive, signature, key_id: keyId, created_at: createdAt } = row;
    return { org, revision, archive, signature, keyId, createdAt: createdAt.toISOString() };
  }

  /** Newest first. */
  async history(org: string, limit: number): Promise<readonly { revision: string; appliedAt: string; by: string }[]> {
    const rows = await this.#parts.store.query<{ revision: string; applied_at: Date; by: string }>(
      'select revision, applied_at, by from bundle_applied where org = $1 order by n desc limit $2',
      [org, Math.min(Math.max(1, Math.trunc(limit)), HISTORY_MAX)],
    );
    return rows.map(({ revision, applied_at, by }) => ({ revision, appliedAt: applied_at.toISOString(), by }));
  }
}
