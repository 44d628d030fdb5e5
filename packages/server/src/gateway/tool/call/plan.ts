/** What one call comes to before anybody is asked: the pinned tool, checked arguments, what they mean, and whom they go to. */
import { hash } from 'node:crypto';
import type { EntityRef } from '@countersign/kernel/action';
import type { FaultCode } from '@countersign/kernel/fault';
import { isRecord, type JsonRecord } from '@countersign/kernel/json';
import { canonicalize } from '@countersign/kernel/ledger';
import type { Finding } from '../../../ports/inspect.ts';
import { DATA_CLASSES, type DataClass, type OperationRecord, type ToolServerRecord } from '../../../ports/registry.ts';
import type { Caller } from '../../../ports/road.ts';
import type { CatalogueTool, ToolMethod } from '../../../ports/tool.ts';
import { TOOL_ACTIONS, toolRef, toolServerRef } from '../../../ports/tool-entity.ts';
import type { DoorState } from '../deps.ts';
import { cleared } from './clearance.ts';
import { inspectStrings, type Walked } from './strings.ts';
import { NAMESPACE, operationOf } from './operation.ts';

export interface Plan {
  readonly method: ToolMethod;
  readonly action: string;
  readonly resource: EntityRef;
  readonly server: ToolServerRecord;
  /** Tools only. */
  readonly tool: CatalogueTool | undefined;
  readonly operation: OperationRecord | undefined;
  /** As the client named it: tool, prompt or address. */
  readonly name: string;
  /** Of the tool's definition; empty for what has none. */
  readonly pin: string;
  /** In the server's own names. */
  readonly params: JsonRecord;
  /** What is asked, canonical. */
  readonly text: string;
  /** SHA-256, hex, over what is asked and the pin. */
  readonly digest: string;
  readonly findings: readonly string[];
  /** Class that the arguments turned out to have; undefined where nothing was found in them. */
  readonly raised: DataClass | undefined;
  readonly timeoutMs: number;
  readonly resultBytesMax: number;
}

export interface Refusal {
  readonly code: FaultCode;
  /** Public sentence. */
  readonly message: string;
  readonly retryAfterMs?: number;
}

export const isRefusal = (value: object): value is Refusal => 'code' in value;

/** The pin of a mutating call with consequences is looked at anew; everything else may rest on the last look of a minute. */
const FRESH_MS = 60_000;
const FRESH_HIGH_MS = 5_000;

interface Resolved {
  readonly tool: CatalogueTool;
  readonly record: ToolServerRecord;
  readonly operation: OperationRecord | undefined;
}

export async function planTool(door: DoorState, caller: Caller, name: string, given: JsonRecord): Promise<Plan | Refusal> {
  const resolved = resolve(door, name);
  if (isRefusal(resolved)) return resolved;
  const { tool, record, operation } = resolved;
  const checked = await checkArguments(cleared(door, caller, record), resolved, given);
  if (isRefusal(checked)) return checked;
  const waits = slowed(door, caller, resolved);
  if (waits > 0) return tooOften(waits);
  if (!(await door.catalogue.holds(tool, tool.class === 'mutate-high' ? FRESH_HIGH_MS : FRESH_MS)))
    return { code: 'tool.quarantined', message: 'The tool is not known to be what was approved, so it is not called.' };
  const { args, text, findings } = checked;
  return {
    method: 'tools/call',
    action: TOOL_ACTIONS[tool.class],
    resource: toolRef(NAMESPACE, tool.server, tool.name),
    server: record,
    tool,
    operation,
    name,
    pin: tool.pin,
    params: { name: tool.name, arguments: args },
    text,
    digest: digestOf(text, tool.pin),
    ...seen(findings),
    timeoutMs: operation?.timeoutMs ?? record.timeoutMs,
    resultBytesMax: Math.min(record.resultBytesMax, operation?.resultBytesMax ?? Infinity),
  };
}

function resolve(door: DoorState, name: string): Resolved | Refusal {
  const view = door.catalogue.current();
  const tool = view.tools.get(name);
  const server = tool === undefined ? undefined : view.servers.get(tool.server);
  if (tool === undefined || server === undefined || !server.record.enabled)
    return {
      code: 'tool.unknown',
      message: `There is no tool \`${name.slice(0, 128)}\` here. \`tools/list\` has those that there are.`,
    };
  if (server.state !== 'pinned')
    return { code: 'tool.quarantined', message: `The server \`${tool.server}\` changed and waits for a person to look at it.` };
  return { tool, record: server.record, operation: operationOf(server.record, tool.name) };
}

interface Checked {
  readonly args: JsonRecord;
  readonly text: string;
  readonly findings: readonly Finding[];
}

async function checkArguments(door: DoorState, resolved: Resolved, given: JsonRecord): Promise<Checked | Refusal> {
  const { record, operation } = resolved;
  const fits = argumentCheck(door, resolved);
  const wrong = fits(given);
  if (wrong !== undefined) return unfit(wrong);
  const read = await readArguments(door, given, operation);
  if (read === undefined) return UNREADABLE;
  const args = read.value as JsonRecord;
  // What was taken out may have been what made it fit.
  const broken = args === given ? undefined : fits(args);
  if (broken !== undefined) return unfit(`Without what had to be taken out: ${broken}`);
  const text = canonicalText(args);
  if (text === undefined) return unfit('The arguments contain text that is not valid Unicode.');
  const bytes = Buffer.byteLength(text);
  const most = Math.min(record.argumentBytesMax, operation?.argumentBytesMax ?? Infinity);
  return bytes > most
    ? unfit(`The arguments are ${bytes} bytes long; this tool takes ${most}.`)
    : { args, text, findings: read.findings };
}

const unfit = (message: string): Refusal => ({ code: 'tool.arguments', message });

export interface FetchTarget {
  readonly method: Exclude<ToolMethod, 'tools/call'>;
  readonly server: ToolServerRecord;
  /** As the client named it. */
  readonly name: string;
  /** In the server's own names. */
  readonly params: JsonRecord;
}

/** Prompts, resources and completions: read by nature, governed on the server. */
export async function planFetch(door: DoorState, caller: Caller, target: FetchTarget): Promise<Plan | Refusal> {
  const { server, method, name } = target;
  const read = await readArguments(cleared(door, caller, server), target.params, undefined);
  if (read === undefined) return UNREADABLE;
  const params = read.value as JsonRecord;
  const text = canonicalText(params);
  if (text === undefined) return { code: 'tool.arguments', message: 'The params contain text that is not valid Unicode.' };
  if (Buffer.byteLength(text) > server.argumentBytesMax)
    return {
      code: 'tool.arguments',
      message: `The params are longer than the ${server.argumentBytesMax} bytes that this server takes.`,
    };
  const waits = door.rates.take(`${caller.agent.id} ${server.id}`, server.ratePerMinute, door.clock.now());
  if (waits > 0) return tooOften(waits);
  return {
    method,
    action: 'tool.fetch',
    resource: toolServerRef(NAMESPACE, server.id),
    server,
    tool: undefined,
    operation: undefined,
    name,
    pin: '',
    params,
    text,
    digest: digestOf(text, method),
    ...seen(read.findings),
    timeoutMs: server.timeoutMs,
    resultBytesMax: server.resultBytesMax,
  };
}

function argumentCheck({ schemas }: DoorState, { tool, operation }: Resolved): (args: JsonRecord) => string | undefined {
  const input = tool.definition['inputSchema'];
  const own = isRecord(input) ? schemas.get(`${tool.pin} in`, input) : { problem: 'it is missing' };
  const overlay = operation?.arguments ?? undefined;
  const laid = overlay === undefined ? undefined : schemas.get(overlayKey(overlay), overlay);
  return (args) => {
    for (const check of [own, laid]) {
      if (check === undefined) continue;
      if (typeof check !== 'function') return `The tool cannot be called: its schema is not usable (${check.problem}).`;
      const wrong = check(args);
      if (wrong !== undefined) return `The arguments do not fit: ${wrong}.`;
    }
    return undefined;
  };
}

const overlayKeys = new WeakMap<JsonRecord, string>();

/** By content: the same record comes with every revision anew. */
function overlayKey(overlay: JsonRecord): string {
  const known = overlayKeys.get(overlay);
  if (known !== undefined) return known;
  const key = `overlay ${hash('sha256', JSON.stringify(overlay), 'hex')}`;
  overlayKeys.set(overlay, key);
  return key;
}

const NO_FINDINGS: readonly Finding[] = [];

const UNREADABLE = unfit('The arguments could not be read safely, so they are not sent.');

/** Undefined where the inspector gives no answer. */
async function readArguments(
  { inspector, log }: DoorState,
  args: JsonRecord,
  operation: OperationRecord | undefined,
): Promise<Walked | undefined> {
  if (inspector === undefined) return { value: args, findings: NO_FINDINGS };
  return inspectStrings(inspector, args, 'argument', new Set(operation?.secretArguments ?? [])).catch((thrown: unknown) => {
    log.error('tool.inspect', { error: String(thrown) });
    return undefined;
  });
}

function canonicalText(args: JsonRecord): string | undefined {
  try {
    return canonicalize(args);
  } catch {
    return undefined;
  }
}

/** The text is canonical and the rest is hex or a method: nothing in one can be taken for the other. */
const digestOf = (text: string, pin: string): string => hash('sha256', `${pin}\n${text}`, 'hex');

function slowed(door: DoorState, caller: Caller, { tool, record, operation }: Resolved): number {
  const now = door.clock.now();
  const whole = door.rates.take(`${caller.agent.id} ${record.id}`, record.ratePerMinute, now);
  return whole > 0 ? whole : door.rates.take(`${caller.agent.id} ${tool.exposed}/`, operation?.ratePerMinute ?? null, now);
}

const tooOften = (retryAfterMs: number): Refusal => ({
  code: 'request.rate-limited',
  message: `This is called too often. Wait ${Math.ceil(retryAfterMs / 1_000)} s.`,
  retryAfterMs,
});

function seen(findings: readonly Finding[]): Pick<Plan, 'findings' | 'raised'> {
  const raised = highest(findings.map(({ raises }) => raises));
  return { findings: [...new Set(findings.map(({ rule }) => rule))].sort(), raised };
}

/** The highest of some classes; `none` counts for nothing. */
export function highest(classes: readonly (DataClass | 'none' | null | undefined)[]): DataClass | undefined {
  const ranks = classes.map((one) => (DATA_CLASSES as readonly unknown[]).indexOf(one));
  return DATA_CLASSES[Math.max(-1, ...ranks)];
}
