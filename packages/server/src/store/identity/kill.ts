/** Kill switches: one row a target, kept after it was cleared, so that the last word on it can be read. */
import { type EntryDraft, ledgerId } from '@countersign/kernel/ledger';
import type { KillSwitch, KillTarget } from '../../ports/identity.ts';
import { insertOutbox } from '../outbox/index.ts';
import type { Tx } from '../postgres/index.ts';
import { envelope, pseudonymOf } from '../record/author.ts';
import { raiseVersion, type StateParts } from '../record/parts.ts';

export interface KillRow {
  readonly kind: KillTarget['kind'];
  readonly target: string;
  readonly reason: string;
  readonly set_by: string;
  readonly set_at: Date;
}

export const KILLS = `select kind, target, reason, set_by, set_at from kill_switch where org = $1 and cleared_at is null order by kind, target`;

export const killOf = ({ kind, target, reason, set_by, set_at }: KillRow): KillSwitch => ({
  target: kind === 'all' ? { kind } : { kind, id: target },
  reason: JSON.parse(reason) as string,
  setBy: set_by,
  setAt: set_at.toISOString(),
});

/** The target of `all` is empty, since a key has no nulls. */
const idOf = (target: KillTarget): string => (target.kind === 'all' ? '' : target.id);

const SET = `
insert into kill_switch (org, kind, target, reason, set_by, set_at) values ($1, $2, $3, $4, $5, $6)
on conflict (org, kind, target) do update
  set reason = excluded.reason, set_by = excluded.set_by, set_at = excluded.set_at, cleared_at = null, cleared_by = null, cleared_reason = null
  where kill_switch.cleared_at is not null`;

const CLEAR = `
update kill_switch set cleared_at = clock_timestamp(), cleared_by = $4, cleared_reason = $5
where org = $1 and kind = $2 and target = $3 and cleared_at is null`;

/** A switch that is on already stays as it was set. */
export async function setKill(parts: StateParts, tx: Tx, org: string, kill: KillSwitch): Promise<void> {
  const { target, reason, setBy, setAt } = kill;
  if ((await tx.run(SET, [org, target.kind, idOf(target), JSON.stringify(reason), setBy, setAt])) === 0) return;
  await raiseVersion(tx, org);
  const entry = entryOf(parts, 'kill.set', { org, target, by: setBy });
  const body = { target: { ...target }, reason, setBy, setAt };
  await insertOutbox(tx, [{ org, id: entry.id, kind: 'kill.set', body }]);
  await parts.ledger.appendInTx(tx, org, [entry]);
}

export interface KillClear {
  readonly org: string;
  readonly target: KillTarget;
  readonly by: string;
  readonly reason: string;
}

export async function clearKill(parts: StateParts, tx: Tx, { org, target, by, reason }: KillClear): Promise<void> {
  if ((await tx.run(CLEAR, [org, target.kind, idOf(target), by, JSON.stringify(reason)])) === 0) return;
  await raiseVersion(tx, org);
  await parts.ledger.appendInTx(tx, org, [entryOf(parts, 'kill.cleared', { org, target, by })]);
}

function entryOf(
  parts: StateParts,
  type: 'kill.set' | 'kill.cleared',
  about: { org: string; target: KillTarget; by: string },
): EntryDraft {
  const { target, by } = about;
  const named = target.kind === 'all' ? {} : { target: ledgerId(target.id) };
  return { ...envelope(parts.author, about.org), type, detail: { scope: target.kind, ...named, by: pseudonymOf(by) } };
}
