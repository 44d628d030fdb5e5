/** The server over a store in this process, with a scanner that knows two secrets, cards and mail addresses. For tests only. */
import { newId } from '../../system/clock.ts';
import { mintGrant } from '../../../govern/mint.ts';
import type { Grant, GrantTerms } from '../../../ports/grant.ts';
import { type Memory, MEMORY_RULES, type MemoryStore } from '../../../ports/memory.ts';
import type { BundleSnapshot, Settings, ToolServerRecord } from '../../../ports/registry.ts';
import type { ToolCaller, ToolReply, ToolRequest } from '../../../ports/tool.ts';
import type { Inspect, TextFinding } from '../deps.ts';
import { openMemoryServer, type MemoryServer } from '../index.ts';

export const ACTION = 'tool.draft';
export const NOW = Date.parse('2026-11-20T10:00:00.000Z');

export const grantFor = (tool: string, over: Partial<GrantTerms> = {}): Grant =>
  mintGrant({
    id: 'grt_1',
    decision: 'dec_1',
    org: 'acme',
    action: ACTION,
    agent: CALLER.agent,
    resource: { type: 'Countersign::Tool', id: `memory/${tool}` },
    mandate: 'mdt_1',
    obligations: [],
    expiresAt: NOW + 60_000,
    ...over,
  });

export const CALLER: ToolCaller = {
  agent: 'payments-fixer',
  team: 'payments',
  onBehalfOf: 'usr_ada',
  task: 'tsk_1',
  repository: 'payments-api',
  dataClass: 'internal',
  clearance: 'confidential',
  taints: [],
};

export const SERVER: ToolServerRecord = {
  id: 'memory',
  title: 'Memory',
  owner: 'team:platform',
  environment: 'dev',
  transport: { kind: 'memory' },
  credentials: [],
  teams: ['payments'],
  environments: ['dev'],
  useCases: ['test-repair'],
  dataClass: 'public',
  maxDataClass: 'confidential',
  taints: [],
  expose: 'all',
  operations: [],
  concurrency: 8,
  queueMs: 1_000,
  timeoutMs: 5_000,
  argumentBytesMax: 256 * 1024,
  resultBytesMax: 4 * 1024 * 1024,
  ratePerMinute: null,
  elicitation: false,
  elicitationHosts: [],
  sampling: false,
  roots: false,
  enabled: true,
};

const hit = (rule: string, kind: TextFinding['kind'], raises: TextFinding['raises']): TextFinding => ({ rule, kind, raises });

function luhn(digits: string): boolean {
  const sum = [...digits].reverse().reduce((total, digit, index) => {
    const value = Number(digit) * (index % 2 === 1 ? 2 : 1);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 === 0;
}

export const inspect: Inspect = (text) => {
  const cards = [...text.matchAll(/(?<!\d)\d(?:[ -]?\d){12,18}(?!\d)/g)].filter(([card]) => luhn(card.replaceAll(/[ -]/g, '')));
  return {
    findings: [
      ...(/AKIA[0-9A-Z]{16}/.test(text) ? [hit('aws-access-key', 'secret', 'restricted')] : []),
      ...(/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text) ? [hit('private-key', 'secret', 'restricted')] : []),
      ...cards.map(() => hit('payment-card', 'personal', 'restricted')),
      ...(/\w{1,64}@\w{1,64}/.test(text) ? [hit('email', 'personal', 'confidential')] : []),
      ...(/ignore (?:all|previous)/i.test(text) ? [hit('override', 'injection', 'none')] : []),
    ],
  };
};

/** Keeps everything that the port promises but the ledger. */
export function memoriesInProcess(kept: Memory[], clock: () => number): MemoryStore {
  const alive = (memory: Memory): boolean => Date.parse(memory.expiresAt) > clock();
  return {
    put: (_org, draft, caps) => {
      const held = kept.filter((one) => one.scope === draft.scope && one.owner === draft.owner && alive(one));
      const bytes = Buffer.byteLength(JSON.stringify({ tags: draft.tags, text: draft.text }));
      const full = held.length >= caps.memories || held.reduce((sum, one) => sum + one.bytes, bytes) > caps.bytes;
      if (!full) kept.push({ ...draft, bytes, digest: draft.id });
      return Promise.resolve(full ? 'full' : 'stored');
    },
    recall: (_org, { places, classes, subject }) =>
      Promise.resolve(
        kept
          .filter((one) => alive(one) && classes.includes(one.dataClass))
          .filter((one) => places.some(({ scope, owner }) => scope === one.scope && owner === one.owner))
          .filter((one) => one.dataClass === 'public' || one.dataClass === 'internal' || one.subject === subject)
          .reverse(),
      ),
    find: (_org, id) => Promise.resolve(kept.find((one) => one.id === id && alive(one))),
    read: (_org, id) => Promise.resolve(kept.find((one) => one.id === id && alive(one))),
    list: () => Promise.resolve({ data: kept.filter(alive) }),
    written: (_org, agent, { scope, owner }) =>
      Promise.resolve(kept.filter((one) => alive(one) && one.agent === agent && one.scope === scope && one.owner === owner)),
    forget: (_org, memories) => {
      const gone = kept.filter((one) => memories.some(({ digest }) => digest === one.digest));
      for (const one of gone) kept.splice(kept.indexOf(one), 1);
      return Promise.resolve(gone.length);
    },
  };
}

export interface Stage {
  /** Opened with a scanner that works; then the one of the test. */
  readonly server: Promise<MemoryServer>;
  readonly kept: Memory[];
  readonly logged: unknown[];
  now: number;
  rules: Settings['memory'];
  call(tool: string, args: object, over?: Partial<ToolRequest> & { caller?: ToolCaller }): Promise<ToolReply>;
}

export interface StageTerms {
  readonly inspect?: Inspect;
  readonly store?: Partial<MemoryStore>;
}

export function stage(terms: StageTerms = {}): Stage {
  const kept: Memory[] = [];
  const logged: unknown[] = [];
  const log = (event: string, fields: unknown) => void logged.push([event, fields]);
  const made: Omit<Stage, 'server' | 'call'> = { kept, logged, now: NOW, rules: MEMORY_RULES };
  const opened = terms.inspect ?? inspect;
  let given = inspect;
  const server = openMemoryServer({
    org: 'acme',
    store: { ...memoriesInProcess(kept, () => made.now), ...terms.store },
    snapshots: { current: () => ({ settings: { memory: made.rules } }) as unknown as BundleSnapshot },
    inspect: (text) => given(text),
    clock: { now: () => made.now },
    newId,
    log: { info: log, warn: log, error: log },
  });
  const ready = server.then((one) => {
    given = opened;
    return one;
  });
  const call: Stage['call'] = async (tool, args, over = {}) =>
    (await ready).call(grantFor(tool, { agent: over.caller?.agent ?? CALLER.agent, expiresAt: made.now + 1_000 }), {
      server: SERVER,
      method: 'tools/call',
      params: { name: tool, arguments: args as ToolRequest['params'] },
      action: ACTION,
      binding: CALLER.agent,
      caller: CALLER,
      capabilities: {},
      progress: false,
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      timeoutMs: 5_000,
      resultBytesMax: 4 * 1024 * 1024,
      retries: 0,
      signal: new AbortController().signal,
      ...over,
    });
  return Object.assign(made, { server, call });
}

export const textOf = (reply: ToolReply): string => {
  const content = reply.kind === 'result' ? reply.result['content'] : undefined;
  const [block] = Array.isArray(content) ? content : [];
  return typeof block === 'object' && block !== null && 'text' in block ? String(block.text) : JSON.stringify(reply);
};
