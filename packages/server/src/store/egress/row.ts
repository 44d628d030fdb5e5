/** Hosts and grants as the tables have them, and as the port gives them. */
import type { GrantScope } from '../../ports/egress-settings.ts';
import type { HostHistory, TemporaryGrant } from '../../ports/familiarity.ts';

/** Repositories that are named; their number is told besides. */
const NAMED_MAX = 20;

export interface HostRow {
  readonly host: string;
  readonly domain: string;
  readonly first_seen: Date | null;
  readonly last_seen: Date | null;
  readonly runs: number;
  readonly denials: number;
  readonly connections: number;
  readonly upload_bytes: number;
  readonly download_bytes: number;
  readonly repositories: readonly string[] | null;
  readonly agent_kinds: readonly string[] | null;
  readonly last_verdict: 'allowed' | 'denied';
  readonly approver: string | null;
  readonly approved_until: Date | null;
  readonly [column: string]: unknown;
}

export const NEVER = (host: string, domain: string): HostHistory => ({
  host,
  domain,
  firstSeen: null,
  lastSeen: null,
  runs: 0,
  denials: 0,
  connections: 0,
  uploadBytes: 0,
  downloadBytes: 0,
  repositories: [],
  repositoryCount: 0,
  agentKinds: [],
  lastVerdict: 'never',
  approver: null,
  approvedUntil: null,
});

export const historyOf = (row: HostRow): HostHistory => ({
  host: row.host,
  domain: row.domain,
  firstSeen: row.first_seen?.toISOString() ?? null,
  lastSeen: row.last_seen?.toISOString() ?? null,
  runs: row.runs,
  denials: row.denials,
  connections: row.connections,
  uploadBytes: row.upload_bytes,
  downloadBytes: row.download_bytes,
  repositories: (row.repositories ?? []).slice(0, NAMED_MAX),
  repositoryCount: row.repositories?.length ?? 0,
  agentKinds: row.agent_kinds ?? [],
  lastVerdict: row.last_verdict,
  approver: row.approver,
  approvedUntil: row.approved_until?.toISOString() ?? null,
});

export interface GrantRow {
  readonly org: string;
  readonly id: string;
  readonly scope: GrantScope;
  readonly scope_id: string;
  readonly host: string;
  readonly methods: readonly string[];
  readonly granted_by: string;
  readonly reason: string;
  readonly approval: string | null;
  readonly decision: string;
  readonly created_at: Date;
  readonly expires_at: Date;
  readonly revoked_at: Date | null;
  readonly revoked_by: string | null;
  readonly [column: string]: unknown;
}

export const GRANT_COLUMNS = `org, id, scope, scope_id, host, methods, granted_by, reason, approval, decision, created_at, expires_at,
revoked_at, revoked_by`;

export const grantOf = (row: GrantRow): TemporaryGrant => ({
  org: row.org,
  id: row.id,
  scope: row.scope,
  of: row.scope_id,
  host: row.host,
  methods: row.methods,
  by: row.granted_by,
  reason: row.reason,
  approval: row.approval,
  decision: row.decision,
  createdAt: row.created_at.toISOString(),
  expiresAt: row.expires_at.toISOString(),
  revokedAt: row.revoked_at?.toISOString() ?? null,
  revokedBy: row.revoked_by,
});
