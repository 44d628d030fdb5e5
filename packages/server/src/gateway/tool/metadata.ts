/** The door as an OAuth 2.1 protected resource: where tokens for it come from (RFC 9728), and what a request without one is told. */
import type { JsonRecord } from '@countersign/kernel/json';
import type { DoorState } from './deps.ts';

const METADATA_PATH = '/.well-known/oauth-protected-resource';
export const MCP_PATH = '/mcp';

/** The one scope that tokens for this door need; what an agent may do beyond is not in its token. */
const SCOPE = 'mcp';

export const isMetadataPath = (path: string): boolean => path === METADATA_PATH || path === `${METADATA_PATH}${MCP_PATH}`;

/** Issuers are those of registered agents' logins; a token counts only for the audience that its login names. */
export function metadata({ snapshots, publicUrl }: Pick<DoorState, 'snapshots' | 'publicUrl'>): JsonRecord {
  const agents = [...(snapshots.current()?.agents.values() ?? [])];
  const issuers = new Set(
    agents.filter((agent) => !agent.disabled).flatMap((agent) => agent.logins.map((login) => login.issuer)),
  );
  return {
    resource: `${publicUrl()}${MCP_PATH}`,
    authorization_servers: [...issuers].sort(),
    scopes_supported: [SCOPE],
    bearer_methods_supported: ['header'],
    resource_name: 'Countersign',
  };
}

/** @param presented whether a credential came, and was refused */
export function challenge({ publicUrl }: Pick<DoorState, 'publicUrl'>, presented: boolean): string {
  const where = `resource_metadata="${publicUrl()}${METADATA_PATH}${MCP_PATH}", scope="${SCOPE}"`;
  return presented ? `Bearer error="invalid_token", ${where}` : `Bearer ${where}`;
}
