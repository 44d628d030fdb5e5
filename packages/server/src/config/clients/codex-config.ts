/** Codex' settings that beat the command line, `managed_config.toml`: what may differ, but not by the user's hand. */
import type { ClientTerms } from '../../ports/clients.ts';
import type { TomlTable } from './codex-requirements.ts';
import { addresses, MANDATE_VARIABLE, PERSON_SECONDS, type RenderTerms, TOKEN_VARIABLE, TOOLS_SERVER } from './terms.ts';

/** Whole tables: a partial one fails at load. */
export function codexConfig(terms: RenderTerms, codex: ClientTerms): TomlTable {
  const { tools } = addresses(terms.origin);
  return {
    model: codex.models[0] ?? '',
    mcp_servers: {
      [TOOLS_SERVER]: ours(tools, terms),
      ...Object.fromEntries(terms.settings.toolServers.map(({ id, url }) => [id, { url }])),
    },
    // Otherwise commands inherit the doors' credentials.
    shell_environment_policy: { exclude: ['COUNTERSIGN_*', 'OTEL_*', '*TOKEN*', '*KEY*', '*SECRET*'] },
  };
}

/** No session begins without it, and it decides by itself. */
const ours = (url: string, { device }: RenderTerms): TomlTable => ({
  url,
  ...(device === undefined
    ? { bearer_token_env_var: TOKEN_VARIABLE, env_http_headers: { 'X-Countersign-Mandate': MANDATE_VARIABLE } }
    : { http_headers: { Authorization: `Bearer ${device.key}` } }),
  required: true,
  default_tools_approval_mode: 'approve',
  tool_timeout_sec: PERSON_SECONDS,
});
