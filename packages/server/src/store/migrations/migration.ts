/** One step of the schema, forward only. The text of an applied migration never changes: its checksum is kept and compared. */
import type { RoleName } from '../postgres/connection.ts';

export interface Migration {
  /** `0001-ledger`: four digits order the steps. */
  readonly name: string;
  /** SQL of version 15, any number of statements; no PL/pgSQL, no triggers, no foreign keys between hot tables. */
  readonly sql: string;
  /** Table privileges per role, as `<privileges> on <tables>`. Given whenever the roles exist, so they may be given twice. */
  readonly grants: Readonly<Partial<Record<RoleName, readonly string[]>>>;
}
