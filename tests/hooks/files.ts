/** Managed files of the two clients that point at an installation. */

export interface Points {
  /** Of the installation. */
  readonly origin: string;
  /** Of the model. */
  readonly model: string;
  /** Where Claude Code's hooks ask, when it is somewhere else. */
  readonly hooks?: string;
  /** Where Codex' hooks ask, likewise. */
  readonly mcp?: string;
  /** Codex asks a reviewer instead of its hooks, and only where its sandbox does not let something. */
  readonly review?: boolean;
  /** Seconds that a client waits for an answer: before a tool is used, and while a person decides. */
  readonly patience?: readonly [before: number, person: number];
}

const PATIENCE = [10, 600] as const;

export function claudeFiles({
  origin,
  model,
  hooks = origin,
  patience: [before, person] = PATIENCE,
}: Points): Readonly<Record<string, string>> {
  const hook = (timeout: number) => [
    {
      matcher: '*',
      hooks: [
        {
          type: 'http',
          url: `${hooks}/hooks/claude`,
          timeout,
          onFailure: 'block',
          headers: {
            Authorization: 'Bearer $COUNTERSIGN_TOKEN',
            'X-Countersign-Mandate': '$COUNTERSIGN_MANDATE',
            'X-Countersign-Wait': String(timeout),
          },
          allowedEnvVars: ['COUNTERSIGN_TOKEN', 'COUNTERSIGN_MANDATE'],
        },
      ],
    },
  ];
  const settings = {
    requiredMinimumVersion: '2.1.329',
    allowManagedHooksOnly: true,
    allowManagedPermissionRulesOnly: true,
    allowManagedMcpServersOnly: true,
    allowedMcpServers: [{ serverUrl: `${origin}/*` }],
    allowedHttpHookUrls: [`${hooks}/*`],
    httpHookAllowedEnvVars: ['COUNTERSIGN_TOKEN', 'COUNTERSIGN_MANDATE'],
    disableSideloadFlags: true,
    disableAutoMode: 'disable',
    permissions: {
      defaultMode: 'default',
      disableBypassPermissionsMode: 'disable',
      allow: [],
      // What the client holds to be harmless it runs unasked, where a hook has no opinion.
      ask: ['Bash', 'Read', 'Edit', 'Write', 'Glob', 'Grep', 'NotebookEdit', 'Agent', 'mcp__countersign'],
      deny: ['WebFetch', 'WebSearch'],
    },
    hooks: {
      UserPromptSubmit: hook(before),
      PreToolUse: hook(person),
      PermissionRequest: hook(person),
      PostToolUse: hook(before),
    },
    env: {
      ANTHROPIC_BASE_URL: model,
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      DISABLE_AUTOUPDATER: '1',
      CLAUDE_CODE_ENABLE_TELEMETRY: '1',
      OTEL_LOGS_EXPORTER: 'otlp',
      OTEL_METRICS_EXPORTER: 'otlp',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_EXPORTER_OTLP_ENDPOINT: `${origin}/otlp`,
      OTEL_LOG_TOOL_DETAILS: '1',
    },
  };
  const servers = {
    mcpServers: {
      countersign: { type: 'http', url: `${origin}/mcp`, headers: { Authorization: 'Bearer ${COUNTERSIGN_TOKEN}' } },
    },
  };
  return {
    'claude-code/managed-settings.json': JSON.stringify(settings),
    'claude-code/managed-mcp.json': JSON.stringify(servers),
  };
}

const TEMPLATE =
  'tool = "${tool_name}", tool_input = "${tool_input}", session = "${session_id}", turn = "${turn_id}", cwd = "${cwd}", mode = "${permission_mode}"';

export function codexFiles({
  origin,
  model,
  mcp = `${origin}/mcp`,
  review = false,
  patience: [before, person] = PATIENCE,
}: Points): Readonly<Record<string, string>> {
  const asks = review
    ? ''
    : `[[hooks.PreToolUse]]
matcher = ".*"
[[hooks.PreToolUse.hooks]]
type = "mcp_tool"
server = "countersign"
tool = "preflight"
timeout = ${before}
input = { event = "PreToolUse", call = "\${tool_use_id}", ${TEMPLATE} }
[[hooks.PermissionRequest]]
matcher = ".*"
[[hooks.PermissionRequest.hooks]]
type = "mcp_tool"
server = "countersign"
tool = "preflight"
timeout = ${person}
input = { event = "PermissionRequest", ${TEMPLATE} }
`;
  const requirements = `
allowed_approval_policies = ["${review ? 'on-request' : 'untrusted'}"]
allowed_approvals_reviewers = ["${review ? 'auto_review' : 'user'}"]
allowed_sandbox_modes = ["read-only", "workspace-write"]
allowed_web_search_modes = []
allow_managed_hooks_only = true
check_for_update_on_startup = false
model_provider = "countersign"
[model_providers.countersign]
name = "Countersign"
base_url = "${model}/v1"
wire_api = "responses"
env_key = "COUNTERSIGN_TOKEN"
request_max_retries = 1
stream_max_retries = 1
supports_websockets = false
[features]
hooks = true
plugins = false
apps = false
unified_exec = false
unified_exec_tty = false
[feedback]
enabled = false
[otel]
environment = "test"
log_user_prompt = false
exporter = { otlp-http = { endpoint = "${origin}/otlp/v1/logs", protocol = "binary" } }
trace_exporter = "none"
metrics_exporter = "none"
[mcp_servers.countersign]
identity = { url = "${mcp}" }
[[hooks.SessionStart]]
matcher = ".*"
[[hooks.SessionStart.hooks]]
type = "mcp_tool"
server = "countersign"
tool = "preflight"
timeout = ${before}
input = { event = "SessionStart", session = "\${session_id}", cwd = "\${cwd}" }
${asks}`;
  const managed = `
model = "gpt-5.5"
[mcp_servers.countersign]
url = "${mcp}"
bearer_token_env_var = "COUNTERSIGN_TOKEN"
env_http_headers = { "X-Countersign-Mandate" = "COUNTERSIGN_MANDATE" }
required = true
default_tools_approval_mode = "approve"
tool_timeout_sec = 600
[shell_environment_policy]
exclude = ["COUNTERSIGN_*", "OTEL_*", "*TOKEN*", "*KEY*", "*SECRET*"]
`;
  return { 'codex/requirements.toml': requirements, 'codex/managed_config.toml': managed };
}
