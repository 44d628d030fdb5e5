/** Reports of the probe. Specified by ports/client-coverage.ts. */
import { ledgerId } from '@countersign/kernel/ledger';
import type { BypassRow, CoverageRecord, CoverageReport, CoverageStore } from '../../ports/client-coverage.ts';
import type { ClientName } from '../../ports/clients.ts';
import { statement } from '../postgres/index.ts';
import { envelope, pseudonymOf } from '../record/author.ts';
import { raiseVersion, REPEATABLE, type StateParts } from '../record/parts.ts';

/** A cap stands until a person says that the way around is closed. */
const PUT = statement(`
insert into client_coverage as c (org, agent, client, version, rows, reported_by, capped) values ($1, $2, $3, $4, $5, $6, $7)
on conflict (org, agent, client) do update set version = excluded.version, rows = excluded.rows, reported_by = excluded.reported_by,
  reported_at = clock_timestamp(), capped = excluded.capped or (c.capped and not $8::boolean)
returning capped`);

const LIST = statement(`
select agent, client, version, rows, reported_by, reported_at, capped from client_coverage
where org = $1 and ($2::text is null or agent = $2) order by agent, client`);

interface Row {
  readonly agent: string;
  readonly client: ClientName;
  readonly version: string;
  readonly rows: string;
  readonly reported_by: string;
  readonly reported_at: Date;
  readonly capped: boolean;
}

const recordOf = ({ rows, reported_by, reported_at, ...row }: Row): CoverageRecord => ({
  ...row,
  rows: JSON.parse(rows) as readonly BypassRow[],
  by: reported_by,
  reportedAt: reported_at.toISOString(),
});

export class PostgresCoverage implements CoverageStore {
  readonly #parts: StateParts;

  constructor(parts: StateParts) {
    this.#parts = parts;
  }

  report({ org, agent, client, version, rows, accepted, by }: CoverageReport): Promise<boolean> {
    const { store, ledger, author } = this.#parts;
    const uncovered = rows.filter(({ outcome }) => outcome === 'uncovered').map(({ bypass }) => bypass);
    const caps = uncovered.some((bypass) => !accepted.includes(bypass));
    return store.tx(async (tx) => {
      const values = [org, agent, client, version, JSON.stringify(rows), by.id, caps, by.kind === 'person'];
      const [row] = await tx.query<{ capped: boolean }>(PUT, values);
      const capped = row?.capped ?? true;
      await raiseVersion(tx, org);
      const entry = {
        ...envelope(author, org),
        type: 'client.coverage' as const,
        principal: agent,
        detail: { client, version: ledgerId(version), capped, uncovered: uncovered.map(ledgerId), by: pseudonymOf(by.id) },
      };
      await ledger.appendInTx(tx, org, [entry]);
      return capped;
    }, REPEATABLE);
  }

  async list(org: string, agent?: string): Promise<readonly CoverageRecord[]> {
    return (await this.#parts.store.query<Row>(LIST, [org, agent ?? null])).map(recordOf);
  }
}
