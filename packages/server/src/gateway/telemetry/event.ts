/** Which records of which client are kept, and what of them. */
import { createHash } from 'node:crypto';
import type { ClientEvent } from '../../ports/client-evidence.ts';
import type { ClientName } from '../../ports/hook-calls.ts';
import type { Attributes, Plain, Signal, TelemetryRecord } from './record.ts';

/** Events that say something about how the client is governed, or what it did. The rest is the client's own measuring of itself. */
const KEPT: Readonly<Record<ClientName, ReadonlySet<string>>> = {
  codex: new Set(
    ['conversation_starts', 'tool_decision', 'tool_result', 'network_proxy.policy_decision', 'auth_recovery', 'user_prompt'].map(
      (name) => `codex.${name}`,
    ),
  ),
  claude: new Set(
    [
      ...[
        'managed_settings_resolved',
        'hook_registered',
        'hook_execution_complete',
        'tool_decision',
        'tool_result',
        'user_prompt',
      ],
      ...['api_request', 'api_error', 'mcp_server_connection', 'plugin_loaded', 'permission_mode_changed'],
    ].map((name) => `claude_code.${name}`),
  ),
};

/** What a run cost and changed, by the client's own count. */
const METRICS: ReadonlySet<string> = new Set(
  ['session.count', 'lines_of_code.count', 'cost.usage', 'token.usage', 'code_edit_tool.decision', 'commit.count'].map(
    (name) => `claude_code.${name}`,
  ),
);

const SERVICES: readonly (readonly [RegExp, ClientName])[] = [
  [/^codex/, 'codex'],
  [/^claude[-_]code/, 'claude'],
];

/** Who and where a person is; what is known of callers we know from their credential. */
const PERSONAL = /^(?:user\.|organization\.|account|host\.|enduser\.|os\.|terminal\.)|email|address$/i;
/** What was said and what came back: only its digest is kept. */
const WITHHELD = /^(?:output|prompt|response|result|body|message|text|content|tool_output|tool_response|reasoning)$/i;
/** What was asked for: it is needed to understand a finding. */
const ASKED = /^(?:arguments|tool_input|tool_parameters|full_command|command)$/i;

const CHARS_MAX = 256;
const ASKED_CHARS_MAX = 2_000;
const MEMBERS_MAX = 64;

const ID = /^[\x21-\x7e]{1,200}$/;
const idAt = (attributes: Attributes, name: string): string | undefined => {
  const value = attributes[name];
  return typeof value === 'string' && ID.test(value) ? value : undefined;
};

export function clientOf({ resource, name }: TelemetryRecord): ClientName | undefined {
  const service = resource['service.name'];
  const text = typeof service === 'string' && service !== '' ? service : name;
  return SERVICES.find(([pattern]) => pattern.test(text))?.[1];
}

const MEMBERS = {
  codex: { prefix: 'codex.', session: 'conversation.id', call: 'call_id' },
  claude: { prefix: 'claude_code.', session: 'session.id', call: 'tool_use_id' },
} as const;

/** @returns undefined for what is not kept */
export function eventOf(signal: Signal, record: TelemetryRecord, nowMs: number): ClientEvent | undefined {
  const client = clientOf(record);
  if (client === undefined) return undefined;
  const { attributes } = record;
  const members = MEMBERS[client];
  const named = record.name.startsWith(members.prefix) ? record.name : `${members.prefix}${record.name}`;
  const session = idAt(attributes, members.session);
  const call = idAt(attributes, members.call) ?? null;
  if (session === undefined || !isKept(signal, client, named, call)) return undefined;
  const tool = idAt(attributes, 'tool_name') ?? null;
  const ran = call !== null && isResult(signal, named) && hasRun(client, tool, attributes);
  return {
    client,
    session,
    name: signal === 'traces' ? `${members.prefix}span` : named,
    call,
    tool,
    at: new Date(record.timeMs ?? nowMs).toISOString(),
    ran,
    refused: isRefusal(named, attributes),
    outside: ran && leavesSandbox(attributes),
    attributes: JSON.stringify({ ...cut(attributes), ...besides(signal, record) }),
  };
}

const besides = (signal: Signal, { name, attributes, resource, value }: TelemetryRecord): Readonly<Record<string, Plain>> => ({
  'service.version': resource['service.version'] ?? attributes['app.version'] ?? null,
  ...(value === undefined ? {} : { value }),
  ...(signal === 'traces' ? { span: name } : {}),
});

const isResult = (signal: Signal, name: string): boolean => signal === 'logs' && name.endsWith('.tool_result');

const isRefusal = (name: string, { decision }: Attributes): boolean =>
  name.endsWith('.tool_decision') && REFUSED.test(String(decision));

const REFUSED = /^(?:denied|reject|rejected|abort|aborted)$/;

/** Neither wish is seen by a hook of Codex; Claude Code's settings forbid it. */
const LEAVES = /"sandbox_permissions"\s*:\s*"require_escalated"|"dangerouslyDisableSandbox"\s*:\s*true/;

const leavesSandbox = (attributes: Attributes): boolean =>
  LEAVES.test(String(attributes['arguments'] ?? attributes['tool_input'] ?? ''));

/** Code mode: the program does nothing itself, and each call that it makes has an event of its own. Tools of servers have longer names. */
const isProgram = (client: ClientName, tool: string | null): boolean =>
  client === 'codex' && (tool === 'exec' || tool === 'wait');

const hasRun = (client: ClientName, tool: string | null, attributes: Attributes): boolean =>
  hasBegun(attributes) && !isProgram(client, tool);

/** A call that the client itself refuses, since it does not know the tool or a hook said no, has a result and no time. */
const hasBegun = ({ success, duration_ms: ms }: Attributes): boolean => String(success) !== 'false' || String(ms) !== '0';

/** Of spans, only those of a single call: a short run has thousands. */
function isKept(signal: Signal, client: ClientName, name: string, call: string | null): boolean {
  if (signal === 'traces') return call !== null;
  return signal === 'metrics' ? METRICS.has(name) : KEPT[client].has(name);
}

function cut(attributes: Attributes): Readonly<Record<string, Plain>> {
  const kept = Object.entries(attributes).filter(([name]) => !PERSONAL.test(name));
  return Object.fromEntries(kept.slice(0, MEMBERS_MAX).map(([name, value]) => [name, cutValue(name, value)]));
}

function cutValue(name: string, value: Plain): Plain {
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return value;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  if (WITHHELD.test(name)) return `sha256:${createHash('sha256').update(text).digest('hex')} (${text.length} characters)`;
  return cutText(text, ASKED.test(name) ? ASKED_CHARS_MAX : CHARS_MAX);
}

/** Never through the middle of a character. */
const cutText = (text: string, most: number): string =>
  text.length <= most ? text : `${Buffer.from(text.slice(0, most)).toString('utf8')}…`;
