/** Codex' settings that beat the command line, `managed_config.toml`: what may differ, but not by the user's hand. */
import type { ClientTerms } from '../../ports/clients.ts';
import type { TomlTable } from './codex-requirements.ts';
import { addresses, MANDATE_VARIABLE, PERSON_SECONDS, type RenderTerms, TOKEN_VARIABLE, TOOLS_SERVER } from './terms.ts';

/** Whole tables: a partial one fails at load. */
export function codexConfig(terms: RenderTerms, codex: ClientTerms): TomlTable {
  return {
    model: codex.models[0] ?? '',
    // Where the machine fetches its settings, the table comes with them, and the one here would beat it.
    ...(terms.configServer === undefined ? { mcp_servers: servers(terms) } : {}),
    // Otherwise commands inherit the doors' credentials.
    shell_environment_policy: { exclude: ['COUNTERSIGN_*', 'OTEL_*', '*TOKEN*', '*KEY*', '*SECRET*'] },
  };
}

const servers = (terms: RenderTerms): TomlTable => ({
  [TOOLS_SERVER]: ours(addresses(terms.origin).tools, terms),
  ...Object.fromEntries(terms.settings.toolServers.map(({ id, url }) => [id, { url }])),
});

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
