export { BREAK_GLASS_COLUMNS, type BreakGlassRow, breakGlassOf } from './break-glass.ts';
export { type CredentialRow, credentialOf, KNOWN_CREDENTIALS } from './credential.ts';
export { openIdempotency } from './idempotency.ts';
export { KILLS, type KillRow, killOf } from './kill.ts';
export { PostgresIdentity } from './store.ts';
