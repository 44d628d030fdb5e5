/** One question of a client's hook, read from either client's form into ours. */
import { isRecord, type JsonRecord } from '@countersign/kernel/json';
import type { ClientName } from '../../../ports/hook-calls.ts';

export type HookEvent = 'PreToolUse' | 'PermissionRequest';

export interface HookCall {
  readonly client: ClientName;
  readonly event: HookEvent;
  readonly session: string;
  readonly turn: string;
  /** Absent where the client does not say: a PermissionRequest has none. */
  readonly call: string | undefined;
  /** Absolute. */
  readonly cwd: string;
  /** The client's own word for how it asks, such as `default`. */
  readonly mode: string | undefined;
  readonly tool: string;
  readonly input: JsonRecord;
  /** MCP server, where the client names it apart. */
  readonly server: string | undefined;
}

/** Ids of clients: plain, short, and safe in logs. */
const ID = /^[\x21-\x7e]{1,200}$/;
const TOOL = /^[\w.:/@-]{1,200}$/;

const idOf = (value: unknown): string | undefined => (typeof value === 'string' && ID.test(value) ? value : undefined);

export const isHookEvent = (name: unknown): name is HookEvent => name === 'PreToolUse' || name === 'PermissionRequest';

interface Members {
  readonly client: ClientName;
  readonly event: unknown;
  readonly session: unknown;
  readonly turn: unknown;
  readonly call: unknown;
  readonly cwd: unknown;
  readonly mode: unknown;
  readonly tool: unknown;
  readonly input: unknown;
  readonly server: unknown;
}

/** @returns the call, or the member that is not as it must be */
export function readClaudeCall(body: JsonRecord): HookCall | string {
  const server = body['mcp_server'];
  return read({
    client: 'claude',
    event: body['hook_event_name'],
    session: body['session_id'],
    turn: body['prompt_id'],
    call: body['tool_use_id'],
    cwd: body['cwd'],
    mode: body['permission_mode'],
    tool: body['tool_name'],
    input: body['tool_input'],
    server: isRecord(server) ? server['name'] : undefined,
  });
}

/** The members are those of the template in the client's file. @returns the call, or the member that is not as it must be */
export function readCodexCall(args: JsonRecord): HookCall | string {
  return read({
    client: 'codex',
    event: args['event'],
    session: args['session'],
    turn: args['turn'],
    call: args['call'],
    cwd: args['cwd'],
    mode: args['mode'],
    tool: args['tool'],
    input: args['tool_input'],
    server: undefined,
  });
}

function read(members: Members): HookCall | string {
  const { client, event, input, cwd } = members;
  const [session, turn, call] = [idOf(members.session), idOf(members.turn), idOf(members.call)];
  if (!isHookEvent(event)) return 'event';
  if (session === undefined) return 'session';
  if (turn === undefined) return 'turn';
  if (members.call !== undefined && call === undefined) return 'call';
  if (typeof cwd !== 'string' || !cwd.startsWith('/') || cwd.length > CWD_CHARS_MAX) return 'cwd';
  if (typeof members.tool !== 'string' || !TOOL.test(members.tool)) return 'tool';
  if (!isRecord(input)) return 'tool_input';
  return {
    client,
    event,
    session,
    turn,
    call,
    cwd,
    mode: idOf(members.mode),
    tool: members.tool,
    input,
    server: idOf(members.server),
  };
}

const CWD_CHARS_MAX = 4_096;
