/** Identity state in the database: each write with its entry, and with a new version that every node sees. */
import { ledgerId } from '@countersign/kernel/ledger';
import { Fault } from '@countersign/kernel/fault';
import type { BreakGlass, CredentialRecord, IdentityStore, KillSwitch, KillTarget } from '../../ports/identity.ts';
import { envelope, pseudonymOf } from '../record/author.ts';
import { raiseVersion, REPEATABLE, type StateParts } from '../record/parts.ts';
import { BREAK_GLASS_COLUMNS, type BreakGlassRow, breakGlassOf, openBreakGlass, reviewBreakGlass } from './break-glass.ts';
import { CREDENTIAL_COLUMNS, type CredentialRow, credentialOf, issueCredential, revokeCredential } from './credential.ts';
import { clearKill, KILLS, type KillRow, killOf, setKill } from './kill.ts';

const LIST_MAX = 1_000;

export class PostgresIdentity implements IdentityStore {
  readonly #parts: StateParts;

  constructor(parts: StateParts) {
    this.#parts = parts;
  }

  issue(record: CredentialRecord, by: string): Promise<void> {
    return this.#parts.store.tx((tx) => issueCredential(this.#parts, tx, record, by), REPEATABLE);
  }

  revoke(org: string, credential: string, by: string, reason: string): Promise<CredentialRecord> {
    return this.#parts.store.tx((tx) => revokeCredential(this.#parts, tx, { org, id: credential, by, reason }), REPEATABLE);
  }

  async revokeMandate(org: string, mandate: string, by: string, reason: string): Promise<void> {
    await this.#parts.store.tx(async (tx) => {
      const revoked = await tx.query<{ agent: string }>(
        `update mandate set revoked_at = clock_timestamp(), revoked_by = $3, revoked_reason = $4
         where org = $1 and id = $2 and revoked_at is null returning agent`,
        [org, mandate, by, JSON.stringify(reason)],
      );
      if (revoked[0] === undefined) {
        const there = await tx.query('select 1 as one from mandate where org = $1 and id = $2', [org, mandate]);
        if (there.length === 0) throw new Fault('request.not-found', 'There is no such mandate.');
        return;
      }
      await raiseVersion(tx, org);
      const subject = { mandate: ledgerId(mandate), principal: pseudonymOf(revoked[0].agent) };
      const detail = { by: pseudonymOf(by), code: 'revoked' };
      await this.#parts.ledger.appendInTx(tx, org, [
        { ...envelope(this.#parts.author, org), ...subject, type: 'mandate.revoked', detail },
      ]);
    }, REPEATABLE);
  }

  async credentials(org: string, subject?: string): Promise<readonly CredentialRecord[]> {
    const rows = await this.#parts.store.query<CredentialRow>(
      `select ${CREDENTIAL_COLUMNS} from credential where org = $1 and ($2::text is null or subject = $2) order by id desc limit ${LIST_MAX}`,
      [org, subject ?? null],
    );
    return rows.map(credentialOf);
  }

  setKill(org: string, kill: KillSwitch): Promise<void> {
    return this.#parts.store.tx((tx) => setKill(this.#parts, tx, org, kill), REPEATABLE);
  }

  clearKill(org: string, target: KillTarget, by: string, reason: string): Promise<void> {
    return this.#parts.store.tx((tx) => clearKill(this.#parts, tx, { org, target, by, reason }), REPEATABLE);
  }

  async kills(org: string): Promise<readonly KillSwitch[]> {
    return (await this.#parts.store.query<KillRow>(KILLS, [org])).map(killOf);
  }

  openBreakGlass(draft: Omit<BreakGlass, 'openedAt' | 'review'>): Promise<BreakGlass> {
    return this.#parts.store.tx((tx) => openBreakGlass(this.#parts, tx, draft), REPEATABLE);
  }

  reviewBreakGlass(
    org: string,
    id: string,
    review: { by: string; verdict: 'justified' | 'unjustified'; note: string },
  ): Promise<BreakGlass> {
    return this.#parts.store.tx((tx) => reviewBreakGlass(this.#parts, tx, { org, id, ...review }), REPEATABLE);
  }

  async breakGlasses(org: string): Promise<readonly BreakGlass[]> {
    const rows = await this.#parts.store.query<BreakGlassRow>(
      `select ${BREAK_GLASS_COLUMNS} from break_glass where org = $1 order by id desc limit ${LIST_MAX}`,
      [org],
    );
    return rows.map(breakGlassOf);
  }
}
