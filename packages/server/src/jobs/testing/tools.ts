/** Tool servers that a test commands, and pins in memory with the rules of the store. For tests only. */
import { Fault } from '@countersign/kernel/fault';
import type { JsonRecord } from '@countersign/kernel/json';
import type { BundleSnapshot, OperationRecord, ToolServerRecord } from '../../ports/registry.ts';
import { operationRecord, toolServerRecord } from '../../ports/testing/tool-records.ts';
import type { PinRecord, StoredPinState, ToolPins } from '../../ports/tool-pins.ts';
import type { ServerOffer, ToolUpstreams } from '../../ports/tool.ts';

export const toolRecord = (id: string, more: Partial<ToolServerRecord> = {}): ToolServerRecord =>
  toolServerRecord({
    id,
    transport: { kind: 'http', url: `https://${id}.example.com/mcp`, privateAddresses: false },
    teams: ['platform'],
    environments: ['dev'],
    useCases: ['code-maintenance'],
    taints: ['untrusted'],
    concurrency: 8,
    queueMs: 1_000,
    timeoutMs: 1_000,
    argumentBytesMax: 1_000,
    resultBytesMax: 1_000,
    ...more,
  });

export const operation = (name: string, more: Partial<OperationRecord> = {}): OperationRecord =>
  operationRecord({ name, ...more });

export const snapshotWith = (revision: string, ...servers: readonly ToolServerRecord[]): BundleSnapshot =>
  ({ revision, toolServers: new Map(servers.map((server) => [server.id, server])) }) as unknown as BundleSnapshot;

export const offerOf = (tools: readonly JsonRecord[], more: Partial<ServerOffer> = {}): ServerOffer => ({
  era: 'legacy',
  protocolVersion: '2025-11-25',
  launch: { origin: 'https://tools.example.com' },
  instructions: null,
  tools,
  prompts: [],
  resources: [],
  resourceTemplates: [],
  capabilities: {},
  ttlMs: null,
  dropped: [],
  ...more,
});

export const tool = (name: string, more: JsonRecord = {}): JsonRecord => ({
  name,
  description: `Does ${name}.`,
  inputSchema: { type: 'object' },
  annotations: { readOnlyHint: true },
  ...more,
});

export class ScriptedUpstreams implements Pick<ToolUpstreams, 'offer' | 'onChange'> {
  readonly offers = new Map<string, ServerOffer | 'down' | 'hangs'>();
  readonly asked: string[] = [];
  /** Answers are given when it resolves, and are those of the time of the question. */
  gate: Promise<void> | undefined;
  #listener: Parameters<ToolUpstreams['onChange']>[0] = () => undefined;

  async offer({ id }: ToolServerRecord): Promise<ServerOffer> {
    this.asked.push(id);
    const offer = this.offers.get(id) ?? 'down';
    await this.gate;
    if (offer === 'hangs') return new Promise(() => undefined);
    if (offer === 'down') throw new Fault('tool.unavailable', `The server \`${id}\` does not start.`, { internal: 'ENOENT' });
    return offer;
  }

  onChange(listener: Parameters<ToolUpstreams['onChange']>[0]): void {
    this.#listener = listener;
  }

  say(server: string): void {
    this.#listener(server, 'list');
  }
}

export class MemoryPins implements ToolPins {
  readonly rows: (PinRecord & { readonly changed: number })[] = [];
  broken = false;
  #version = 0;

  async version(): Promise<number> {
    return this.#version;
  }

  async changes(_org: string, since: number): Promise<{ version: number; records: readonly PinRecord[] }> {
    if (this.broken) throw new Fault('store.unavailable', 'The store is away.');
    return { version: this.#version, records: this.rows.filter(({ changed }) => changed > since) };
  }

  async observe({ server, pins, refused }: Parameters<ToolPins['observe']>[0]): Promise<boolean> {
    if (this.broken) throw new Fault('store.unavailable', 'The store is away.');
    const before = this.#version;
    for (const { name, pin, definition, findings, vouched } of pins) {
      const row = this.#find(server, name, pin);
      const state = vouched ? 'bundle' : 'quarantined';
      if (row === undefined) this.#put({ server, name, pin, definition, findings, state });
      else if (row.state !== 'pinned' && row.state !== 'rejected' && row.state !== state) this.#put({ ...row, state });
      else if (row.missingSince !== null) this.#put({ ...row, missingSince: null });
    }
    const names = new Set([...pins.map(({ name }) => name), ...refused]);
    for (const row of this.rows.filter((each) => each.server === server && each.missingSince === null && !names.has(each.name)))
      this.#put({ ...row, missingSince: '2026-01-01T00:00:00.000Z' });
    return this.#version > before;
  }

  async decide({ server, pins, answer, by, reason }: Parameters<ToolPins['decide']>[0]): Promise<void> {
    const state: StoredPinState = answer === 'approve' ? 'pinned' : 'rejected';
    const rows = pins.map(({ name, pin }) => this.#find(server, name, pin));
    for (const row of rows) {
      if (row === undefined || row.missingSince !== null) throw new Fault('approval.stale', 'Look again.');
      this.#put({ ...row, state, decidedBy: by, decidedAt: '2026-01-01T00:00:00.000Z', reason });
    }
  }

  /** Approves whatever is there of a server. */
  approveAll(server: string): Promise<void> {
    const pins = this.rows.filter((row) => row.server === server && row.missingSince === null);
    return this.decide({ org: 'o', server, pins, answer: 'approve', by: 'ada', reason: 'ok', decision: 'dec_1' });
  }

  #find(server: string, name: string, pin: string) {
    return this.rows.find((row) => row.server === server && row.name === name && row.pin === pin);
  }

  #put(row: Partial<PinRecord> & Pick<PinRecord, 'server' | 'name' | 'pin' | 'state' | 'definition' | 'findings'>): void {
    this.#version += 1;
    const old = this.rows.findIndex((each) => each.server === row.server && each.name === row.name && each.pin === row.pin);
    if (old !== -1) this.rows.splice(old, 1);
    const fresh = { seenAt: '2026-01-01T00:00:00.000Z', missingSince: null, decidedBy: null, decidedAt: null, reason: null };
    this.rows.push({ ...fresh, ...row, changed: this.#version });
  }
}
