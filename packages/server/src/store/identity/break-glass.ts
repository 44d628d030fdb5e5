/** Break-glass: opened for a short time with a reason, reviewed afterwards by somebody else. */
import { Fault } from '@countersign/kernel/fault';
import { ledgerId } from '@countersign/kernel/ledger';
import type { BreakGlass } from '../../ports/identity.ts';
import { insertOutbox } from '../outbox/index.ts';
import type { Tx } from '../postgres/index.ts';
import { entryTime, envelope, pseudonymOf } from '../record/author.ts';
import { raiseVersion, type StateParts } from '../record/parts.ts';

export interface BreakGlassRow {
  readonly org: string;
  readonly id: string;
  readonly opened_by: string;
  readonly reason: string;
  readonly agent: string;
  readonly mandate: string | null;
  readonly gates: string;
  readonly opened_at: Date;
  readonly expires_at: Date;
  readonly review: string | null;
}

export const BREAK_GLASS_COLUMNS = 'org, id, opened_by, reason, agent, mandate, gates, opened_at, expires_at, review';

export const breakGlassOf = (row: BreakGlassRow): BreakGlass => ({
  id: row.id,
  org: row.org,
  openedBy: row.opened_by,
  reason: JSON.parse(row.reason) as string,
  agent: row.agent,
  mandate: row.mandate,
  gates: JSON.parse(row.gates) as readonly string[],
  openedAt: row.opened_at.toISOString(),
  expiresAt: row.expires_at.toISOString(),
  review: row.review === null ? null : (JSON.parse(row.review) as BreakGlass['review']),
});

const INSERT = `
insert into break_glass (org, id, opened_by, reason, agent, mandate, gates, opened_at, expires_at)
values ($1, $2, $3, $4, $5, $6, $7, clock_timestamp(), $8)
on conflict do nothing
returning ${BREAK_GLASS_COLUMNS}`;

const FIND = `select ${BREAK_GLASS_COLUMNS} from break_glass where org = $1 and id = $2 for update`;

const notFound = (): Fault => new Fault('request.not-found', 'There is no such break-glass.');

export async function openBreakGlass(
  parts: StateParts,
  tx: Tx,
  draft: Omit<BreakGlass, 'openedAt' | 'review'>,
): Promise<BreakGlass> {
  const { org, id, openedBy, reason, agent, mandate, gates, expiresAt } = draft;
  const values = [org, id, openedBy, JSON.stringify(reason), agent, mandate, JSON.stringify(gates), expiresAt];
  const [row] = await tx.query<BreakGlassRow>(INSERT, values);
  if (row === undefined) {
    const [there] = await tx.query<BreakGlassRow>(FIND, [org, id]);
    if (there === undefined || there.opened_by !== openedBy || there.agent !== agent) {
      throw new Fault('request.conflict', 'A break-glass with this id exists.');
    }
    return breakGlassOf(there);
  }
  await raiseVersion(tx, org);
  const opened = breakGlassOf(row);
  const base = envelope(parts.author, org);
  const body = { breakGlass: id, openedBy, reason, agent, mandate, gates: [...gates], expiresAt: opened.expiresAt };
  await insertOutbox(tx, [{ org, id: base.id, kind: 'break-glass.opened', body }]);
  const detail = { breakGlass: ledgerId(id), by: pseudonymOf(openedBy), code: 'opened', expiresAt: entryTime(row.expires_at) };
  const subject = mandate === null ? {} : { mandate: ledgerId(mandate) };
  await parts.ledger.appendInTx(tx, org, [
    { ...base, ...subject, principal: pseudonymOf(agent), type: 'break-glass.opened', detail },
  ]);
  return opened;
}

export interface ReviewDraft {
  readonly org: string;
  readonly id: string;
  readonly by: string;
  readonly verdict: 'justified' | 'unjustified';
  readonly note: string;
}

/** One review counts; the same one told again changes nothing. */
export async function reviewBreakGlass(
  parts: StateParts,
  tx: Tx,
  { org, id, by, verdict, note }: ReviewDraft,
): Promise<BreakGlass> {
  const [row] = await tx.query<BreakGlassRow>(FIND, [org, id]);
  if (row === undefined) throw notFound();
  if (row.opened_by === by) throw new Fault('approval.forbidden', 'Whoever opened a break-glass cannot review it.');
  const there = breakGlassOf(row);
  if (there.review !== null) {
    if (there.review.by === by && there.review.verdict === verdict) return there;
    throw new Fault('approval.closed', 'This break-glass was reviewed already.');
  }
  const review = { by, at: entryTime(new Date(parts.author.clock.now())), verdict, note };
  await tx.run('update break_glass set review = $3 where org = $1 and id = $2', [org, id, JSON.stringify(review)]);
  const answer = verdict === 'justified' ? 'accepted' : 'rejected';
  const detail = { breakGlass: ledgerId(id), by: pseudonymOf(by), verdict: answer } as const;
  await parts.ledger.appendInTx(tx, org, [{ ...envelope(parts.author, org), type: 'break-glass.reviewed', detail }]);
  return { ...there, review };
}
