/** The rows of auto-review. Specified by ports/review.ts. */
import { createHash, randomBytes } from 'node:crypto';
import { Fault } from '@countersign/kernel/fault';
import { type ReviewState, wilson } from '@countersign/kernel/review';
import type { EntryDraft } from '@countersign/kernel/ledger';
import {
  isByModel,
  type ReviewClass,
  type ReviewDraft,
  type ReviewRecord,
  type ReviewStore,
  type ReviewTerms,
} from '../../ports/review.ts';
import { statement, type Tx } from '../postgres/index.ts';
import { envelope, pseudonymOf } from '../record/author.ts';
import { REPEATABLE, type StateParts } from '../record/parts.ts';
import { FIND, LIST, recordOf } from './row.ts';
import { classEntry, labelsOf, moveClass } from './standing.ts';

/** A claim that ran out belongs to whoever comes next: its node has died, or its model never answered. */
const CLAIM = statement(`
insert into review (org, approval, claimed_until)
select a.org, a.id, clock_timestamp() + $3 * interval '1 millisecond' from approval a
where a.org = $1 and a.state = 'open' and a.expires_at > clock_timestamp() and not exists (
  select 1 from review r where r.org = a.org and r.approval = a.id and (r.outcome is not null or r.claimed_until > clock_timestamp()))
order by a.id limit $2
on conflict (org, approval) do update set claimed_until = excluded.claimed_until
  where review.outcome is null and review.claimed_until <= clock_timestamp()
returning approval`);
const HISTORY = statement(`
select count(*) filter (where v.answer = 'approve')::int as approved, count(*) filter (where v.answer = 'deny')::int as refused
from review r join approval_verdict v on v.org = r.org and v.approval = r.approval
where r.org = $1 and r.likeness = $2 and (not r.applied or v.answer = 'deny')`);
const STATE = statement('select state from review_class where org = $1 and class = $2');
const STANDS = statement('select state from review_class where org = $1 and class = $2 for share');
const FINISH = statement(`
update review set likeness = $3, class = $4, outcome = $5, codes = $6, rationale = $7, salt = $8, applied = $9, at = clock_timestamp()
where org = $1 and approval = $2 and outcome is null`);
/**
 * What people decided of what they were not told, or refused before an approval took effect: any of their refusals is a false approval. The second
 * kind is told soon or never, since approval requests live for days at most.
 */
const DECIDED = statement(`
select r.approval, r.class, bool_or(v.answer = 'deny') as refused from (
  select org, approval, class from review where org = $1 and outcome = 'approve' and not applied and label is null
  union all
  select r.org, r.approval, r.class from review r join approval a on a.org = r.org and a.id = r.approval and a.state = 'denied'
  where r.org = $1 and r.outcome = 'approve' and r.applied and r.label is null and r.at > clock_timestamp() - interval '30 days'
) r
join approval a on a.org = r.org and a.id = r.approval and a.state in ('approved', 'used', 'lapsed', 'denied')
join approval_verdict v on v.org = r.org and v.approval = r.approval
group by r.approval, r.class order by r.approval limit 100`);
const LABEL = statement(
  `update review set label = $3, labelled_at = clock_timestamp() where org = $1 and approval = $2 and label is distinct from $3`,
);
const APPLIED = statement(
  `select class, applied, label from review where org = $1 and approval = $2 and outcome = 'approve' for update`,
);
const CLASSES = statement('select class, state, since from review_class where org = $1 order by class');
const RESUME = statement(
  `update review_class set state = 'shadow', since = clock_timestamp(), began = clock_timestamp() where org = $1 and class = $2 and state = 'suspended'`,
);

/** Above every id. */
const LAST = '\u{10ffff}';

export class PostgresReviews implements ReviewStore {
  readonly #parts: StateParts;

  constructor(parts: StateParts) {
    this.#parts = parts;
  }

  async claim(org: string, limit: number, leaseMs: number): Promise<readonly string[]> {
    const rows = await this.#parts.store.query<{ approval: string }>(CLAIM, [org, limit, leaseMs]);
    return rows.map(({ approval }) => approval).sort();
  }

  async history(org: string, likeness: string): Promise<{ readonly approved: number; readonly refused: number }> {
    const [row] = await this.#parts.store.query<{ approved: number; refused: number }>(HISTORY, [org, likeness]);
    return row ?? { approved: 0, refused: 0 };
  }

  async state(org: string, name: string): Promise<ReviewState> {
    const [row] = await this.#parts.store.query<{ state: ReviewState }>(STATE, [org, name]);
    return row?.state ?? 'shadow';
  }

  async finish(draft: ReviewDraft): Promise<{ readonly applied: boolean } | undefined> {
    const { store, ledger } = this.#parts;
    const { org, approval, likeness, outcome, codes, rationale } = draft;
    const seal = sealOf(draft);
    const text = rationale === null ? null : JSON.stringify(rationale);
    return await store.tx(async (tx) => {
      // Whoever suspends the class holds its row until that is known.
      const applied = draft.applied && (await tx.query<{ state: ReviewState }>(STANDS, [org, draft.class]))[0]?.state === 'live';
      const values = [org, approval, likeness, draft.class, outcome, JSON.stringify(codes), text, seal.salt, applied];
      if ((await tx.run(FINISH, values)) === 0) return undefined;
      await ledger.appendInTx(tx, org, [this.#verdictEntry({ ...draft, applied }, seal.digest)]);
      return { applied };
    }, REPEATABLE);
  }

  /** What people are to decide without knowing is sealed: the ledger is open to them. Who has the row can show that it is what was written here. */
  #verdictEntry({ org, approval, outcome, applied, codes, rationale, ...draft }: ReviewDraft, sealed: string): EntryDraft {
    const { class: name, requestDigest, shownDigest } = draft;
    const blind = !applied && isByModel(outcome, codes);
    const told = { outcome, codes: [...codes], ...(rationale === null ? {} : { rationale: sha256(rationale) }) };
    return {
      ...envelope(this.#parts.author, org),
      type: 'review.verdict',
      approval,
      detail: {
        class: name,
        live: applied,
        requestDigest,
        shownDigest,
        ...(blind ? { outcome: 'sealed', codes: [], sealed } : told),
      },
    };
  }

  async learn(org: string, terms: ReviewTerms): Promise<number> {
    const decided = await this.#parts.store.query<{ approval: string; class: string; refused: boolean }>(DECIDED, [org]);
    let taken = 0;
    for (const { approval, refused, class: name } of decided)
      if (await this.#label({ org, approval, class: name, label: refused ? 'wrong' : 'right' }, terms)) taken += 1;
    return taken;
  }

  async #label(given: Labelling, terms: ReviewTerms): Promise<boolean> {
    const { store } = this.#parts;
    return await store.tx((tx) => this.#labelIn(tx, given, terms), REPEATABLE);
  }

  async #labelIn(tx: Tx, { org, approval, label, by, code, class: name }: Labelling, terms: ReviewTerms): Promise<boolean> {
    const { ledger, author } = this.#parts;
    if ((await tx.run(LABEL, [org, approval, label])) === 0) return false;
    const moved = await moveClass(tx, { org, class: name, author, terms });
    const detail = {
      class: name,
      label,
      ...(by === undefined ? {} : { by: pseudonymOf(by) }),
      ...(code === undefined ? {} : { code }),
    };
    const entry: EntryDraft = { ...envelope(author, org), type: 'review.labelled', approval, detail };
    await ledger.appendInTx(tx, org, [entry, ...moved]);
    return true;
  }

  async contest(given: { org: string; approval: string; by: string; code: string }, terms: ReviewTerms): Promise<void> {
    const { org, approval, by, code } = given;
    await this.#parts.store.tx(async (tx) => {
      const [row] = await tx.query<{ class: string; applied: boolean; label: string | null }>(APPLIED, [org, approval]);
      if (row === undefined) throw new Fault('request.not-found', 'Auto-review did not approve such a request.');
      if (!row.applied) throw new Fault('request.conflict', 'People decided this request themselves.');
      await this.#labelIn(tx, { org, approval, class: row.class, label: 'wrong', by, code }, terms);
    }, REPEATABLE);
  }

  async resume({ org, class: name, by, code }: { org: string; class: string; by: string; code: string }): Promise<void> {
    const { store, ledger, author } = this.#parts;
    await store.tx(async (tx) => {
      const [row] = await tx.query<{ state: ReviewState }>(STATE, [org, name]);
      if (row === undefined) throw new Fault('request.not-found', 'Auto-review knows no such class of requests.');
      if ((await tx.run(RESUME, [org, name])) === 0)
        throw new Fault('request.conflict', `The class is ${row.state}, not suspended.`);
      await ledger.appendInTx(tx, org, [classEntry(author, org, { class: name, state: 'shadow', right: 0, wrong: 0, by, code })]);
    });
  }

  async classes(org: string, { window }: ReviewTerms): Promise<readonly ReviewClass[]> {
    const { store } = this.#parts;
    const rows = await store.query<{ class: string; state: ReviewState; since: Date }>(CLASSES, [org]);
    return await Promise.all(
      rows.map(async ({ class: name, state, since }) => {
        const labels = await labelsOf(store, org, name, window);
        const interval = wilson(labels.wrong, labels.right + labels.wrong);
        return { class: name, state, ...labels, interval, since: since.toISOString() };
      }),
    );
  }

  async find(org: string, approval: string): Promise<ReviewRecord | undefined> {
    const [row] = await this.#parts.store.query<Parameters<typeof recordOf>[0]>(FIND, [org, approval]);
    return row === undefined ? undefined : recordOf(row);
  }

  async list(
    org: string,
    { limit, cursor }: { limit: number; cursor?: string },
  ): Promise<{ readonly data: readonly ReviewRecord[]; readonly nextCursor?: string }> {
    const rows = await this.#parts.store.query<Parameters<typeof recordOf>[0]>(LIST, [org, cursor ?? LAST, limit + 1]);
    const data = rows.slice(0, limit).map(recordOf);
    const last = data.at(-1);
    return rows.length > limit && last !== undefined ? { data, nextCursor: last.approval } : { data };
  }
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Salted, so that nobody finds out by trying. */
function sealOf({ outcome, codes, rationale }: ReviewDraft): { readonly salt: string; readonly digest: string } {
  const salt = randomBytes(16).toString('hex');
  return { salt, digest: sha256(JSON.stringify([outcome, codes, rationale, salt])) };
}

interface Labelling {
  readonly org: string;
  readonly approval: string;
  readonly class: string;
  readonly label: 'right' | 'wrong';
  readonly by?: string;
  readonly code?: string;
}
