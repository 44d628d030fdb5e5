/** Keys, mandates, kill switches and broken glass of a road in memory. For tests only. */
import type { World } from '../../govern/testing/world.ts';
import type { BreakGlass, CredentialRecord, IdentityStore, KillSwitch } from '../../ports/identity.ts';
import type { MandateState, MandateStore, SignedMandate } from '../../ports/mandate.ts';

export function identityOf(world: World, kills: KillSwitch[], revoked: Set<string>): IdentityStore {
  const glasses: BreakGlass[] = [];
  const now = () => new Date(world.nowMs).toISOString();
  const named = (kill: KillSwitch) => JSON.stringify(kill.target);
  const drop = (target: KillSwitch['target']) => {
    const at = kills.findIndex((kill) => named(kill) === JSON.stringify(target));
    if (at >= 0) kills.splice(at, 1);
  };
  return {
    issue: async (record) => void world.credentials.set(record.id, record),
    async revoke(_org, id) {
      const record = { ...(world.credentials.get(id) as CredentialRecord), revokedAt: now() };
      world.credentials.set(id, record);
      return record;
    },
    async revokeMandate(_org, id) {
      revoked.add(id);
      world.mandates.set(id, { ok: false, why: 'revoked' });
    },
    credentials: async (_org, subject) =>
      [...world.credentials.values()].filter((record) => subject === undefined || record.subject === subject),
    async setKill(_org, kill) {
      drop(kill.target);
      kills.push(kill);
      world.kill = kill;
    },
    async clearKill(_org, target) {
      drop(target);
      world.kill = kills[0];
    },
    kills: async () => [...kills],
    async openBreakGlass(draft) {
      const glass = { ...draft, openedAt: now(), review: null };
      glasses.unshift(glass);
      return glass;
    },
    async reviewBreakGlass(_org, id, review) {
      const at = glasses.findIndex((glass) => glass.id === id);
      const glass = { ...(glasses[at] as BreakGlass), review: { ...review, at: now() } };
      glasses[at] = glass;
      return glass;
    },
    breakGlasses: async () => glasses,
  };
}

export function mandatesOf(world: World, revoked: Set<string>): MandateStore {
  const all: SignedMandate[] = [];
  const stateOf = ({ mandate }: SignedMandate): MandateState =>
    revoked.has(mandate.id) ? 'revoked' : Date.parse(mandate.expiresAt) <= world.nowMs ? 'expired' : 'active';
  return {
    async insert(signed) {
      all.unshift(signed);
      world.mandates.set(signed.mandate.id, { ok: true, mandate: signed.mandate });
    },
    async find(_org, id) {
      const signed = all.find(({ mandate }) => mandate.id === id);
      return signed === undefined ? undefined : { signed, state: stateOf(signed) };
    },
    async list(_org, { limit, cursor, agent }) {
      const mine = all.filter(({ mandate }) => agent === undefined || mandate.agent === agent);
      const from = Number(cursor ?? 0);
      const data = mine.slice(from, from + limit).map((signed) => ({ signed, state: stateOf(signed) }));
      return from + limit < mine.length ? { data, nextCursor: String(from + limit) } : { data };
    },
  };
}
