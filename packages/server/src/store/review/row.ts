/** Rows of auto-review as records. */
import type { ReviewRecord } from '../../ports/review.ts';
import { statement } from '../postgres/index.ts';

interface ReviewRow {
  readonly org: string;
  readonly approval: string;
  readonly likeness: string;
  readonly class: string;
  readonly outcome: 'approve' | 'ask';
  readonly codes: string;
  readonly rationale: string | null;
  readonly salt: string | null;
  readonly applied: boolean;
  readonly at: Date;
  readonly label: 'right' | 'wrong' | null;
  readonly open: boolean;
}

const COLUMNS = `r.org, r.approval, r.likeness, r.class, r.outcome, r.codes, r.rationale, r.salt, r.applied, r.at, r.label,
  coalesce(a.state = 'open' and a.expires_at > clock_timestamp(), false) as open`;
const FROM = 'from review r left join approval a on a.org = r.org and a.id = r.approval';

export const FIND = statement(`select ${COLUMNS} ${FROM} where r.org = $1 and r.approval = $2 and r.outcome is not null`);
export const LIST = statement(
  `select ${COLUMNS} ${FROM} where r.org = $1 and r.outcome is not null and r.approval < $2 order by r.approval desc limit $3`,
);

export const recordOf = ({ codes, rationale, at, ...row }: ReviewRow): ReviewRecord => ({
  ...row,
  codes: JSON.parse(codes) as string[],
  rationale: rationale === null ? null : (JSON.parse(rationale) as string),
  at: at.toISOString(),
});
