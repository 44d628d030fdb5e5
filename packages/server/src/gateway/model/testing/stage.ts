/** The model door on a real socket, with the real upstream adapter, a scripted provider, and a road whose answers the test chooses. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Providers } from '../../../adapters/upstream/index.ts';
import type { BreakerTerms } from '../../../adapters/upstream/index.ts';
import type { ClientSettings } from '../../../ports/clients.ts';
import { NO_EGRESS } from '../../../ports/egress-settings.ts';
import { MEMORY_RULES } from '../../../ports/memory.ts';
import type { AgentRecord, BundleSnapshot, ModelRecord, ProviderRecord, ScanSettings } from '../../../ports/registry.ts';
import type { Scanner } from '../../../ports/scanner.ts';
import type { ReadLimits } from '../../wire/read.ts';
import { createModelDoor } from '../index.ts';
import { type Script, ScriptedUpstream } from './scripted-upstream.ts';
import { inlineScanner } from '../../wire/testing/inline-scanner.ts';
import { TestRoad } from '../../wire/testing/test-road.ts';

export const AGENT: AgentRecord = {
  id: 'payments-flaky-test-fixer',
  purpose: 'fixes flaky tests',
  owner: 'person:ada',
  team: 'payments',
  environment: 'development',
  dataClass: 'confidential',
  approvalGroup: 'team:payments',
  runbook: 'runbooks/flaky.md',
  role: 'executor',
  tier: 2,
  repositories: ['payments'],
  capabilities: ['tests'],
  useCases: ['coding'],
  logins: [],
  disabled: false,
};

export function modelRecord(over: Partial<ModelRecord> & { id: string }): ModelRecord {
  return {
    provider: 'scripted',
    upstreamModel: over.id,
    formats: ['responses', 'chat', 'messages'],
    modelClass: 'general',
    prices: { input: 1_000_000, cacheRead: 100_000, cacheWrite5m: 1_250_000, cacheWrite1h: 2_000_000, output: 4_000_000 },
    priceSteps: [],
    priceRevision: 'test-1',
    capabilities: {
      tools: true,
      parallelTools: true,
      streaming: true,
      vision: false,
      jsonSchema: true,
      reasoning: false,
      contextTokens: 200_000,
      maxOutputTokens: 8_000,
    },
    preview: false,
    enabled: true,
    customerData: false,
    outputMayTriggerActions: false,
    teams: [],
    environments: [],
    useCases: [],
    maxDataClass: 'restricted',
    allow: { hostedTools: [], storedState: false, remoteContent: false, serviceTiers: [] },
    fallbacks: [],
    timeouts: { connectMs: 500, firstByteMs: 5_000, idleMs: 5_000, totalMs: 20_000 },
    logs: 'digest',
    ...over,
  };
}

export interface StageOptions {
  readonly script?: Script;
  readonly models?: readonly ModelRecord[];
  readonly provider?: Partial<ProviderRecord>;
  readonly limits?: ReadLimits;
  readonly breaker?: BreakerTerms;
  readonly scanner?: Scanner;
  readonly scanning?: ScanSettings;
  readonly clients?: ClientSettings;
}

export class Stage {
  readonly upstream: ScriptedUpstream;
  readonly road: TestRoad;
  readonly providers: Providers;
  readonly snapshot: BundleSnapshot;
  readonly server: Server;
  readonly logged: unknown[] = [];

  private constructor(upstream: ScriptedUpstream, options: StageOptions) {
    this.upstream = upstream;
    this.snapshot = snapshotOf(upstream, options);
    this.road = new TestRoad(this.snapshot, AGENT);
    const clock = { now: () => Date.now() };
    this.providers = new Providers({
      clock,
      environment: { SCRIPTED_KEY: 'provider-secret-key' },
      random: () => 0.01,
      ...(options.breaker === undefined ? {} : { breaker: options.breaker }),
    });
    let ids = 0;
    const note = (event: string, fields?: object): void => void this.logged.push({ event, ...fields });
    const door = createModelDoor({
      scanner: options.scanner ?? inlineScanner,
      road: this.road,
      snapshots: { current: () => this.snapshot },
      upstream: this.providers,
      clock,
      newId: (prefix) => `${prefix}${++ids}`,
      log: { info: note, warn: note, error: note },
      ...(options.limits === undefined ? {} : { limits: options.limits }),
    });
    this.server = createServer((req, res) => door.handle(req, res));
  }

  static async open(options: StageOptions = {}): Promise<Stage> {
    const stage = new Stage(await ScriptedUpstream.start(options.script), options);
    await new Promise<void>((resolve) => stage.server.listen(0, '127.0.0.1', resolve));
    return stage;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get origin(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
    await this.providers.destroy();
    await this.upstream.stop();
  }
}

function snapshotOf(upstream: ScriptedUpstream, options: StageOptions): BundleSnapshot {
  const provider: ProviderRecord = {
    id: 'scripted',
    kind: 'openai',
    baseUrl: upstream.url,
    credential: 'env:SCRIPTED_KEY',
    concurrency: 100,
    queueMs: 1_000,
    ...options.provider,
  };
  const anthropic: ProviderRecord = { ...provider, id: 'scripted-anthropic', kind: 'anthropic' };
  const models = options.models ?? [
    modelRecord({ id: 'gpt-5.5' }),
    modelRecord({ id: 'claude-sonnet-5', provider: 'scripted-anthropic', formats: ['messages'] }),
  ];
  const source = { revision: 'rev-1', language: '4.5', schema: {}, policies: [], entities: [] } as const;
  return {
    revision: 'rev-1',
    source,
    // Nothing here evaluates policies: the road is the test's.
    compiled: {
      actions: new Map([['model.call', { checker: { fromRequest: ['findings', 'scanner'] } }]]),
    } as unknown as BundleSnapshot['compiled'],
    settings: {
      organisation: 'org',
      environments: ['development'],
      teams: ['payments'],
      approvalExpiryMs: { read: 1, draft: 1, recommend: 1, 'mutate-low': 1, 'mutate-high': 1, 'break-glass': 1 },
      retentionDays: { public: 1, internal: 1, confidential: 1, restricted: 0 },
      loop: { repeats: 100, windowMs: 1_000 },
      holdMs: 2_000,
      mandateTtlMs: 1,
      memory: MEMORY_RULES,
      ...(options.scanning === undefined ? {} : { scanning: options.scanning }),
      ...(options.clients === undefined ? {} : { clients: options.clients }),
    },
    agents: new Map([[AGENT.id, AGENT]]),
    people: new Map(),
    models: new Map(models.map((model) => [model.id, model])),
    providers: new Map([
      [provider.id, provider],
      [anthropic.id, anthropic],
    ]),
    repositories: new Map(),
    budgets: [],
    webhooks: [],
    toolServers: new Map(),
    commands: { rules: [], default: 'forbid', executables: new Map(), gates: new Map() },
    egress: NO_EGRESS,
    profiles: new Map(),
  };
}
