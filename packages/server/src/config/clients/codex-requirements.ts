/** Codex' constraint layer, `requirements.toml`: it beats the command line, the user's files and the bypass flags. */
import type { ClientTerms } from '../../ports/clients.ts';
import {
  addresses,
  DECISION_SECONDS,
  INSTRUCTIONS,
  MANDATE_VARIABLE,
  PERSON_SECONDS,
  type RenderTerms,
  settingsDigest,
  TOKEN_VARIABLE,
  TOOLS_SERVER,
} from './terms.ts';

/** What TOML can hold here. */
export type TomlTable = { [key: string]: TomlValue };
export type TomlValue = string | number | boolean | readonly TomlValue[] | TomlTable;

const PROFILE = 'countersign';
/** A tool's output in telemetry is cut after this many bytes. */
const RESULT_BYTES = 4_096;
const GLOB_DEPTH = 6;

export function codexRequirements(terms: RenderTerms, codex: ClientTerms): TomlTable {
  return {
    // Nothing runs without an answer; without this line `codex exec` would force `never`.
    allowed_approval_policies: ['untrusted'],
    allowed_approvals_reviewers: ['user'],
    allowed_sandbox_modes: codex.sandbox === 'read-only' ? ['read-only'] : ['read-only', 'workspace-write'],
    allowed_web_search_modes: [],
    allow_managed_hooks_only: true,
    allow_remote_control: false,
    check_for_update_on_startup: false,
    default_permissions: PROFILE,
    additional_developer_instructions: INSTRUCTIONS,
    model_provider: 'countersign',
    model_providers: { countersign: provider(terms) },
    features: { hooks: true, plugins: false, apps: false, unified_exec: false, unified_exec_tty: false },
    feedback: { enabled: false },
    ...(terms.settings.telemetry ? { otel: telemetry(terms) } : {}),
    mcp_servers: servers(terms),
    hooks: { SessionStart: [sessionHook()], PreToolUse: [hook('PreToolUse')], PermissionRequest: [hook('PermissionRequest')] },
    allowed_permission_profiles: { [PROFILE]: true },
    permissions: { [PROFILE]: profile(terms, codex) },
    ...network(terms),
    ...(terms.rules.codex.length === 0 ? {} : { rules: { prefix_rules: terms.rules.codex.map(rule) } }),
    ...(terms.configServer === undefined ? {} : { config_server: { base_url: terms.configServer } }),
  };
}

/** A device's key stands in its own copy and nowhere in the environment, where commands would see it. The floor of such a machine has none. */
function credential({ device, configServer }: RenderTerms): TomlTable {
  if (device !== undefined) return { experimental_bearer_token: device.key };
  if (configServer !== undefined) return {};
  return { env_key: TOKEN_VARIABLE, env_http_headers: { 'X-Countersign-Mandate': MANDATE_VARIABLE } };
}

function provider(terms: RenderTerms): TomlTable {
  return {
    name: 'Countersign',
    base_url: addresses(terms.origin).openai,
    wire_api: 'responses',
    ...credential(terms),
    http_headers: { 'X-Countersign-Bundle': settingsDigest(terms) },
    request_max_retries: 2,
    stream_max_retries: 2,
    supports_websockets: false,
  };
}

function telemetry(terms: RenderTerms): TomlTable {
  const { device } = terms;
  const headers = {
    'X-Countersign-Bundle': settingsDigest(terms),
    ...(device === undefined ? {} : { Authorization: `Bearer ${device.key}` }),
  };
  return {
    environment: 'countersign',
    log_user_prompt: false,
    exporter: { 'otlp-http': { endpoint: `${addresses(terms.origin).telemetry}/v1/logs`, protocol: 'json', headers } },
    // The traces of one short run can exceed a megabyte.
    trace_exporter: 'none',
    metrics_exporter: 'none',
    tool_result: { max_bytes: RESULT_BYTES },
  };
}

/** Name and address must both match those of the configuration; every other server is disabled. */
function servers({ origin, settings }: RenderTerms): TomlTable {
  const { tools } = addresses(origin);
  const named: [string, string][] = [
    [TOOLS_SERVER, tools],
    ...settings.toolServers.map(({ id, url }): [string, string] => [id, url]),
  ];
  return Object.fromEntries(named.map(([id, url]) => [id, { identity: { url } }]));
}

const TEMPLATE = {
  tool: '${tool_name}',
  // Whole: a template that names a member which this tool lacks skips the hook, and the call runs.
  tool_input: '${tool_input}',
  session: '${session_id}',
  turn: '${turn_id}',
  cwd: '${cwd}',
  mode: '${permission_mode}',
};

/** Tells where a session began: the place that a later call names is the model's choice. */
const sessionHook = (): TomlTable => ({
  matcher: '.*',
  hooks: [
    {
      type: 'mcp_tool',
      server: TOOLS_SERVER,
      tool: 'preflight',
      timeout: DECISION_SECONDS,
      input: { event: 'SessionStart', session: TEMPLATE.session, cwd: TEMPLATE.cwd },
    },
  ],
});

function hook(event: 'PreToolUse' | 'PermissionRequest'): TomlTable {
  const asks = event === 'PreToolUse';
  return {
    matcher: '.*',
    hooks: [
      {
        type: 'mcp_tool',
        server: TOOLS_SERVER,
        tool: 'preflight',
        timeout: asks ? DECISION_SECONDS : PERSON_SECONDS,
        ...(asks ? { statusMessage: 'asking Countersign' } : {}),
        input: { event, ...TEMPLATE, ...(asks ? { call: '${tool_use_id}' } : {}) },
      },
    ],
  };
}

function profile({ settings, present = [] }: RenderTerms, codex: ClientTerms): TomlTable {
  const there = (paths: readonly string[], access: string) =>
    paths.filter((path) => present.includes(path)).map((path) => [path, access] as const);
  const roots = Object.fromEntries([
    ['.', codex.sandbox === 'read-only' ? 'read' : 'write'] as const,
    ...there(settings.readOnlyPaths, 'read'),
    ...there(settings.deniedPaths, 'none'),
  ]);
  return {
    extends: codex.sandbox === 'read-only' ? ':read-only' : ':workspace',
    filesystem: { glob_scan_max_depth: GLOB_DEPTH, ':workspace_roots': roots },
  };
}

/** The client's proxy is chained to ours, which decides each connection again. */
function network({ settings }: RenderTerms): TomlTable {
  if (settings.hosts.length === 0) return {};
  return {
    experimental_network: {
      enabled: true,
      managed_allowed_domains_only: true,
      allow_upstream_proxy: true,
      allow_local_binding: false,
      domains: Object.fromEntries(settings.hosts.map((host) => [host, 'allow'])),
    },
  };
}

const rule = ({ pattern, decision, justification }: RenderTerms['rules']['codex'][number]): TomlTable => ({
  pattern: pattern.map((word) => ('token' in word ? { token: word.token } : { any_of: [...word.any_of] })),
  decision,
  justification,
});
