/** How far the reviewer is trusted with a class: people's words, counted under the lock of its row, with an entry for every move. */
import { standingOf, type ReviewLabels, type ReviewState } from '@countersign/kernel/review';
import type { EntryDraft } from '@countersign/kernel/ledger';
import type { ReviewTerms } from '../../ports/review.ts';
import { statement, type Tx } from '../postgres/index.ts';
import { type Author, envelope, pseudonymOf } from '../record/author.ts';

const BEGIN = statement(
  `insert into review_class (org, class, state) values ($1, $2, 'shadow') on conflict (org, class) do nothing`,
);
const LOCK = statement('select state from review_class where org = $1 and class = $2 for update');
const MOVE = statement('update review_class set state = $3, since = clock_timestamp() where org = $1 and class = $2');
/** Words since the class last began anew; the newest of them. */
const COUNT = statement(`
select count(*) filter (where label = 'right')::int as right, count(*) filter (where label = 'wrong')::int as wrong from (
  select r.label from review r left join review_class c on c.org = r.org and c.class = r.class
  where r.org = $1 and r.class = $2 and r.label is not null and r.labelled_at >= coalesce(c.began, r.labelled_at)
  order by r.labelled_at desc limit $3
) newest`);
export const labelsOf = async (tx: Pick<Tx, 'query'>, org: string, name: string, window: number): Promise<ReviewLabels> => {
  const [counted] = await tx.query<{ right: number; wrong: number }>(COUNT, [org, name, window]);
  return counted ?? { right: 0, wrong: 0 };
};

export interface Moving {
  readonly org: string;
  readonly class: string;
  readonly author: Author;
  readonly terms: ReviewTerms;
}

/** To be called after a word was written, in its transaction. @returns the entry of the move, where there is one */
export async function moveClass(tx: Tx, { org, class: name, author, terms }: Moving): Promise<readonly EntryDraft[]> {
  await tx.run(BEGIN, [org, name]);
  const [row] = await tx.query<{ state: ReviewState }>(LOCK, [org, name]);
  const labels = await labelsOf(tx, org, name, terms.window);
  const state = row?.state ?? 'shadow';
  const next = standingOf(state, labels, terms.errorBudget).state;
  if (next === state) return [];
  await tx.run(MOVE, [org, name, next]);
  return [classEntry(author, org, { class: name, state: next, ...labels })];
}

export const classEntry = (
  author: Author,
  org: string,
  detail: ReviewLabels & { readonly class: string; readonly state: ReviewState; readonly by?: string; readonly code?: string },
): EntryDraft => ({
  ...envelope(author, org),
  type: 'review.class',
  detail: { ...detail, ...(detail.by === undefined ? {} : { by: pseudonymOf(detail.by) }) },
});
