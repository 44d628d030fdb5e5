/** Claude Code's managed settings: one object, the same in a machine's file and from our gateway endpoints. */
import type { JsonRecord } from '@countersign/kernel/json';
import type { ClientTerms } from '../../ports/clients.ts';
import { OWN_DOORS_ADDRESS, OWN_DOORS_ORIGIN } from '../../ports/own-doors.ts';
import {
  addresses,
  DECISION_SECONDS,
  MANDATE_VARIABLE,
  PERSON_SECONDS,
  type RenderTerms,
  settingsDigest,
  TOKEN_VARIABLE,
  TOOLS_SERVER,
} from './terms.ts';

export function claudeSettings(terms: RenderTerms, claude: ClientTerms): JsonRecord {
  const { settings, origin } = terms;
  const served = `${origin}/*`;
  return {
    requiredMinimumVersion: claude.minimumVersion,
    ...login(terms),
    allowManagedHooksOnly: true,
    allowManagedPermissionRulesOnly: true,
    allowManagedMcpServersOnly: true,
    allowedMcpServers: [{ serverUrl: served }, ...settings.toolServers.map(({ url }) => ({ serverUrl: url }))],
    allowedHttpHookUrls: [served],
    httpHookAllowedEnvVars: [TOKEN_VARIABLE, MANDATE_VARIABLE],
    disableSideloadFlags: true,
    disableAutoMode: 'disable',
    availableModels: [...claude.models],
    model: claude.models[0] ?? '',
    permissions: permissions(terms, claude),
    hooks: hooks(terms),
    sandbox: sandbox(terms, claude),
    env: environment(terms),
    // Without a device they are a file of their own, which may name variables. The client takes https here and nothing else.
    ...(terms.device === undefined || !origin.startsWith('https:')
      ? {}
      : { managedMcpServers: claudeToolServers(terms)['mcpServers'] ?? {} }),
  };
}

/**
 * INVARIANT: the same in the local floor that signs in and in what a device fetches: the client adds the variables of the one to the other, and
 * shows a checksum over both.
 */
const isSignedIn = ({ device, signIn = false }: RenderTerms): boolean => device !== undefined || signIn;

/** Whoever has a key needs no login; everyone else signs a device in. */
const login = (terms: RenderTerms): JsonRecord =>
  isSignedIn(terms) ? { forceLoginMethod: 'gateway', forceLoginGatewayUrl: terms.origin } : {};

/** What the client holds to be harmless, such as `ls`, it runs unasked where a hook's answer is empty; asked for, it waits for our hook's leave. */
const ASKED = ['Bash', 'Read', 'Edit', 'Write', 'Glob', 'Grep', 'NotebookEdit', 'Agent', `mcp__${TOOLS_SERVER}`];

/** INVARIANT: no allow rules. An answer of ours that is empty would otherwise fall to them. */
function permissions({ settings, rules }: RenderTerms, claude: ClientTerms): JsonRecord {
  const below = (tool: string, paths: readonly string[]) =>
    paths.flatMap((path) => [`${tool}(./${path})`, `${tool}(./${path}/**)`]);
  return {
    defaultMode: claude.sandbox === 'read-only' ? 'plan' : 'default',
    disableBypassPermissionsMode: 'disable',
    ask: ASKED,
    deny: [
      'WebFetch',
      'WebSearch',
      ...below('Read', settings.deniedPaths),
      ...below('Edit', [...settings.readOnlyPaths, ...settings.deniedPaths]),
      ...rules.claudeDeny,
    ],
  };
}

function hooks(terms: RenderTerms): JsonRecord {
  const every = { matcher: '*' };
  return {
    UserPromptSubmit: [{ hooks: [hook(terms, DECISION_SECONDS)] }],
    // Headless, the client takes `ask` for a no: so whoever has to be asked is asked while this one waits.
    PreToolUse: [{ ...every, hooks: [hook(terms, PERSON_SECONDS)] }],
    PermissionRequest: [{ ...every, hooks: [hook(terms, PERSON_SECONDS)] }],
    PostToolUse: [{ ...every, hooks: [hook(terms, DECISION_SECONDS)] }],
  };
}

/** Blocks on every failure of ours; without that a crash of ours would be an allow. */
function hook(terms: RenderTerms, timeout: number): JsonRecord {
  const { origin, device } = terms;
  const shown = { 'X-Countersign-Bundle': settingsDigest(terms), 'X-Countersign-Wait': String(timeout) };
  return {
    type: 'http',
    url: addresses(origin).claudeHooks,
    timeout,
    onFailure: 'block',
    ...(device === undefined
      ? {
          headers: { ...shown, Authorization: `Bearer $${TOKEN_VARIABLE}`, 'X-Countersign-Mandate': `$${MANDATE_VARIABLE}` },
          allowedEnvVars: [TOKEN_VARIABLE, MANDATE_VARIABLE],
        }
      : { headers: { ...shown, Authorization: `Bearer ${device.key}` } }),
  };
}

function sandbox({ settings, origin }: RenderTerms, claude: ClientTerms): JsonRecord {
  const isInside = origin === OWN_DOORS_ORIGIN;
  return {
    enabled: true,
    failIfUnavailable: true,
    allowUnsandboxedCommands: false,
    autoAllowBashIfSandboxed: false,
    // Hooks travel through the sandbox's proxy, too.
    network: {
      // It refuses addresses of loopback that it was not told of, and within a sandbox of ours our doors have one.
      allowedDomains: [new URL(origin).hostname, ...(isInside ? [OWN_DOORS_ADDRESS] : []), ...settings.hosts],
      allowManagedDomainsOnly: true,
    },
    filesystem: {
      denyRead: ['~/.ssh', '~/.aws', '~/.config/gcloud', '~/.claude', ...settings.deniedPaths.map((path) => `./${path}`)],
      denyWrite: [
        ...(claude.sandbox === 'read-only' ? ['.'] : []),
        // Read-only in our sandbox: there it cannot put anything in the place of files that are missing.
        ...(isInside ? ['./.claude'] : []),
        ...[...settings.readOnlyPaths, ...settings.deniedPaths].map((path) => `./${path}`),
      ],
    },
  };
}

function environment(terms: RenderTerms): JsonRecord {
  const { settings, origin } = terms;
  const { anthropic, telemetry } = addresses(origin);
  const signedIn = isSignedIn(terms);
  return {
    ...(signedIn ? {} : { ANTHROPIC_BASE_URL: anthropic }),
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    CLAUDE_CODE_GATEWAY_HINT_HEADERS: '1',
    DISABLE_AUTOUPDATER: '1',
    ...(settings.telemetry
      ? {
          CLAUDE_CODE_ENABLE_TELEMETRY: '1',
          OTEL_LOGS_EXPORTER: 'otlp',
          OTEL_METRICS_EXPORTER: 'otlp',
          OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
          // Signed in by a device, the client sends to our origin, whatever stands here.
          OTEL_EXPORTER_OTLP_ENDPOINT: signedIn ? origin : telemetry,
          OTEL_LOG_TOOL_DETAILS: '1',
          // On a busy machine its last events are lost otherwise.
          CLAUDE_CODE_OTEL_SHUTDOWN_TIMEOUT_MS: '15000',
          CLAUDE_CODE_OTEL_FLUSH_TIMEOUT_MS: '15000',
          OTEL_RESOURCE_ATTRIBUTES: `countersign.settings=${settingsDigest(terms)}`,
        }
      : {}),
  };
}

/** `managed-mcp.json`: it takes sole control of the client's tool servers. */
export function claudeToolServers({ origin, settings, device }: RenderTerms): JsonRecord {
  const headers =
    device === undefined
      ? { Authorization: `Bearer \${${TOKEN_VARIABLE}}`, 'X-Countersign-Mandate': `\${${MANDATE_VARIABLE}:-}` }
      : { Authorization: `Bearer ${device.key}` };
  const own = { [TOOLS_SERVER]: { type: 'http', url: addresses(origin).tools, headers } };
  const others = Object.fromEntries(settings.toolServers.map(({ id, url }) => [id, { type: 'http', url }]));
  return { mcpServers: { ...own, ...others } };
}
