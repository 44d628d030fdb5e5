/** Approval requests in the database. Specified by ports/approvals.ts; the row decides, messages only wake. */
import { Fault } from '@countersign/kernel/fault';
import type { ApprovalDraft, ApprovalRecord, ApprovalState, ApprovalStore, VerdictDraft } from '../../ports/approvals.ts';
import { REPEATABLE } from '../record/parts.ts';
import { closeRow } from './close.ts';
import { openOnce } from './open.ts';
import type { ApprovalParts } from './parts.ts';
import { type ApprovalRow, COLUMNS, recordOf, recordsOf, verdictsOf } from './row.ts';
import { judge } from './verdict.ts';
import { waitUntilDecided } from './wait.ts';

const OPEN_ATTEMPTS_MAX = 5;
const PAGE_MAX = 200;

const notFound = (): Fault => new Fault('request.not-found', 'There is no such approval request.');

export class PostgresApprovals implements ApprovalStore {
  readonly #parts: ApprovalParts;

  constructor(parts: ApprovalParts) {
    this.#parts = parts;
  }

  async open(draft: ApprovalDraft): Promise<ApprovalRecord> {
    for (let attempt = 1; attempt <= OPEN_ATTEMPTS_MAX; attempt++) {
      // Repeating an unknown commit is safe: the second insert finds the first one's row.
      const opened = await this.#parts.store.tx((tx) => openOnce(this.#parts, tx, draft), REPEATABLE);
      if (opened !== undefined) return opened;
    }
    throw new Fault('request.conflict', 'The approval request could not be opened: others for the same thing came and went.');
  }

  async find(org: string, id: string): Promise<ApprovalRecord | undefined> {
    const { store } = this.#parts;
    const [row] = await store.query<ApprovalRow>(`select ${COLUMNS} from approval where org = $1 and id = $2`, [org, id]);
    return row === undefined ? undefined : (await recordsOf(store, org, [row]))[0];
  }

  async standing(query: Parameters<ApprovalStore['standing']>[0]): Promise<readonly ApprovalRecord[]> {
    const { store } = this.#parts;
    const rows = await store.query<ApprovalRow>(
      `select ${COLUMNS} from approval where org = $1 and request_digest = $2 and revision = $3
       and coalesce(mandate, '') = coalesce($4, '') and state = 'approved' and expires_at > clock_timestamp()`,
      [query.org, query.requestDigest, query.revision, query.mandate],
    );
    return await recordsOf(store, query.org, rows);
  }

  async decide(verdict: VerdictDraft): Promise<ApprovalRecord> {
    const judged = await this.#parts.store.tx((tx) => judge(this.#parts, tx, verdict), REPEATABLE);
    if ('fault' in judged) throw judged.fault;
    return judged.record;
  }

  async withdraw(org: string, id: string, by: string): Promise<ApprovalRecord> {
    const done = await this.#parts.store.tx(async (tx) => {
      const [row] = await tx.query<ApprovalRow>(`select ${COLUMNS} from approval where org = $1 and id = $2 for update`, [
        org,
        id,
      ]);
      if (row === undefined) throw notFound();
      const verdicts = (await verdictsOf(tx, org, [id])).get(id) ?? [];
      if (row.state === 'withdrawn') return recordOf(row, verdicts);
      if (row.state !== 'open' && row.state !== 'approved') throw new Fault('approval.closed', `The request is ${row.state}.`);
      await closeRow(this.#parts, tx, { row: { ...row, requester: by }, state: 'withdrawn', code: 'withdrawn' });
      return recordOf({ ...row, state: 'withdrawn' }, verdicts);
    }, REPEATABLE);
    return done;
  }

  /** Newest first. The cursor is the last id of the page before. */
  async list(
    org: string,
    query: { state?: ApprovalState; limit: number; cursor?: string },
  ): Promise<{ data: readonly ApprovalRecord[]; nextCursor?: string }> {
    const limit = Math.min(Math.max(1, Math.trunc(query.limit)), PAGE_MAX);
    const rows = await this.#parts.store.query<ApprovalRow>(
      `select ${COLUMNS} from approval where org = $1 and ($2::text is null or state = $2) and ($3::text is null or id < $3)
       order by id desc limit $4`,
      [org, query.state ?? null, query.cursor ?? null, limit + 1],
    );
    const page = rows.slice(0, limit);
    const data = await recordsOf(this.#parts.store, org, page);
    const last = page.at(-1);
    return { data, ...(rows.length > limit && last !== undefined ? { nextCursor: last.id } : {}) };
  }

  async waitFor(org: string, id: string, timeoutMs: number, signal?: AbortSignal): Promise<ApprovalRecord | undefined> {
    await waitUntilDecided(this.#parts.store, { org, id, timeoutMs, ...(signal === undefined ? {} : { signal }) });
    return await this.find(org, id);
  }
}
