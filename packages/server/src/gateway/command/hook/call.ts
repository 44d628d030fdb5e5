/** One question of a client's hook, read from either client's form into ours. */
import { isRecord, type JsonRecord } from '@countersign/kernel/json';
import type { ClientName } from '../../../ports/hook-calls.ts';
import { readWait, WAIT_SECONDS } from './deps.ts';

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
  /** Seconds that the client waits for the answer. */
  readonly wait: number;
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
  readonly wait: unknown;
}

/** @param wait what the client's file says of its patience @returns the call, or the member that is not as it must be */
export function readClaudeCall(body: JsonRecord, wait: unknown): HookCall | string {
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
    wait,
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
    wait: args['wait'],
  });
}

function read(members: Members): HookCall | string {
  const { event, input, cwd } = members;
  const [session, turn, call] = [idOf(members.session), idOf(members.turn), idOf(members.call)];
  if (!isHookEvent(event)) return 'event';
  if (session === undefined) return 'session';
  if (turn === undefined) return 'turn';
  if (members.call !== undefined && call === undefined) return 'call';
  if (!isPlace(cwd)) return 'cwd';
  if (typeof members.tool !== 'string' || !TOOL.test(members.tool)) return 'tool';
  if (!isRecord(input)) return 'tool_input';
  const wait = readWait(members.wait) ?? WAIT_SECONDS[event];
  const { client, tool } = members;
  return { client, event, session, turn, call, cwd, mode: idOf(members.mode), wait, tool, input, server: idOf(members.server) };
}

const CWD_CHARS_MAX = 4_096;
const isPlace = (cwd: unknown): cwd is string => typeof cwd === 'string' && cwd.startsWith('/') && cwd.length <= CWD_CHARS_MAX;

/** Where a session says that it works; undefined for what is neither. */
export function readSession(session: unknown, cwd: unknown): { readonly session: string; readonly cwd: string } | undefined {
  const id = idOf(session);
  return id === undefined || !isPlace(cwd) ? undefined : { session: id, cwd };
}
