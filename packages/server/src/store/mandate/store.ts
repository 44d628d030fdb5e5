/** Mandates as they were signed. The signature is over the canonical JSON, which any JSON of the same mandate gives back. */
import { Fault } from '@countersign/kernel/fault';
import { type EntryDraft, ledgerId } from '@countersign/kernel/ledger';
import type { Mandate, MandateState, MandateStore, SignedMandate } from '../../ports/mandate.ts';
import { entryTime, envelope, pseudonymOf } from '../record/author.ts';
import { REPEATABLE, type StateParts } from '../record/parts.ts';

export interface MandateRow {
  readonly id: string;
  readonly body: string;
  readonly signature: string;
  readonly key_id: string;
  readonly revoked: boolean;
  readonly over: boolean;
}

export const MANDATE_COLUMNS = `id, body, signature, key_id, revoked_at is not null as revoked, expires_at <= clock_timestamp() as over`;

export const signedOf = ({ body, signature, key_id }: MandateRow): SignedMandate => ({
  mandate: JSON.parse(body) as Mandate,
  signature,
  keyId: key_id,
});

const stateOf = ({ revoked, over }: MandateRow): MandateState => (revoked ? 'revoked' : over ? 'expired' : 'active');

const PAGE_MAX = 200;

const INSERT = `
insert into mandate (org, id, agent, body, signature, key_id, expires_at) values ($1, $2, $3, $4, $5, $6, $7)
on conflict do nothing`;

export class PostgresMandates implements MandateStore {
  readonly #parts: StateParts;

  constructor(parts: StateParts) {
    this.#parts = parts;
  }

  /** With its `task.admitted` entry. The same mandate again changes nothing. @throws Fault request.conflict for another one with its id */
  async insert(signed: SignedMandate): Promise<void> {
    const { mandate, signature, keyId } = signed;
    const { org, id, agent, expiresAt } = mandate;
    await this.#parts.store.tx(async (tx) => {
      const values = [org, id, agent, JSON.stringify(mandate), signature, keyId, expiresAt];
      if ((await tx.run(INSERT, values)) === 0) {
        const [there] = await tx.query<{ signature: string }>('select signature from mandate where org = $1 and id = $2', [
          org,
          id,
        ]);
        if (there?.signature === signature) return;
        throw new Fault('request.conflict', 'A mandate with this id exists.');
      }
      await this.#parts.ledger.appendInTx(tx, org, [this.#admitted(mandate)]);
    }, REPEATABLE);
  }

  #admitted(mandate: Mandate): EntryDraft {
    return {
      ...envelope(this.#parts.author, mandate.org),
      type: 'task.admitted',
      principal: pseudonymOf(mandate.agent),
      onBehalfOf: pseudonymOf(mandate.onBehalfOf),
      mandate: ledgerId(mandate.id),
      task: ledgerId(mandate.task),
      ...(mandate.ticket === '' ? {} : { ticket: ledgerId(mandate.ticket) }),
      repository: ledgerId(mandate.repository),
      useCase: ledgerId(mandate.useCase),
      environment: ledgerId(mandate.environment),
      detail: {
        decision: ledgerId(mandate.decision),
        expiresAt: entryTime(mandate.expiresAt),
        budgetMicroUsd: mandate.budgetMicroUsd,
        repositories: [ledgerId(mandate.repository)],
        capabilities: mandate.capabilities.map(ledgerId),
      },
    };
  }

  async find(org: string, id: string): Promise<{ signed: SignedMandate; state: MandateState } | undefined> {
    const [row] = await this.#parts.store.query<MandateRow>(`select ${MANDATE_COLUMNS} from mandate where org = $1 and id = $2`, [
      org,
      id,
    ]);
    return row === undefined ? undefined : { signed: signedOf(row), state: stateOf(row) };
  }

  /** Newest first. The cursor is the last id of the page before. */
  async list(
    org: string,
    query: { limit: number; cursor?: string; agent?: string },
  ): Promise<{ data: { signed: SignedMandate; state: MandateState }[]; nextCursor?: string }> {
    const limit = Math.min(Math.max(1, Math.trunc(query.limit)), PAGE_MAX);
    const rows = await this.#parts.store.query<MandateRow>(
      `select ${MANDATE_COLUMNS} from mandate where org = $1 and ($2::text is null or agent = $2) and ($3::text is null or id < $3)
       order by id desc limit $4`,
      [org, query.agent ?? null, query.cursor ?? null, limit + 1],
    );
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    const data = page.map((row) => ({ signed: signedOf(row), state: stateOf(row) }));
    return { data, ...(rows.length > limit && last !== undefined ? { nextCursor: last.id } : {}) };
  }
}
