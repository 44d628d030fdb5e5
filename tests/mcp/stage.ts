/** A whole installation with tool servers behind its tool door, and the official clients of both eras in front of it. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client as ModernClient, StreamableHTTPClientTransport as ModernTransport } from '@modelcontextprotocol/client';
import { Client as LegacyClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as LegacyTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { stringify } from 'yaml';
import { type Installation, type InstallationOptions, openInstallation, type TestTask } from '../support/installation.ts';
import { roomy } from '../support/roomy.ts';
import { approveAll } from './pins.ts';

export const TOOL_ACTIONS = ['tool.read', 'tool.draft', 'tool.recommend', 'tool.mutateLow', 'tool.mutateHigh', 'tool.fetch'];

/** One file of tools/. */
export type ServerFile = Readonly<Record<string, unknown>> & { readonly id: string };

/** A server that the test's agent may use, with all that it offers; `over` has any member of the file. */
export const serverFile = (id: string, transport: Readonly<Record<string, unknown>>, over: object = {}): ServerFile => ({
  id,
  title: `Test server ${id}`,
  owner: 'team:platform',
  environment: 'dev',
  transport,
  teams: ['payments'],
  environments: ['dev'],
  useCases: ['code-maintenance'],
  dataClass: 'public',
  maxDataClass: 'internal',
  taints: [],
  expose: 'all',
  ...over,
});

/** The class that the operator gives, with the reason that one below the name's needs. */
export const declared = (names: readonly string[], klass = 'read', over: object = {}): readonly object[] =>
  names.map((name) => ({ name, class: klass, reason: 'A test server holds nothing of anybody.', ...over }));

export const stdio = (args: readonly string[], env: Readonly<Record<string, string>> = {}) => ({
  kind: 'stdio',
  command: process.execPath,
  args,
  env,
});
export const http = (url: string) => ({ kind: 'http', url, privateAddresses: true });

export const writeServers = (governance: string, servers: readonly ServerFile[]): void => {
  for (const server of servers) writeFileSync(join(governance, 'tools', `${server.id}.yaml`), stringify(server));
};

type ModernOptions = ConstructorParameters<typeof ModernClient>[1];
type LegacyOptions = ConstructorParameters<typeof LegacyClient>[1];

export class ToolStage {
  readonly at: Installation;
  task: TestTask;
  readonly #open: { close(): Promise<void> }[] = [];

  private constructor(at: Installation, task: TestTask) {
    this.at = at;
    this.task = task;
  }

  /** Resolves when everything that the servers offer was seen and approved by a person. `unapproved` leaves that to the test. */
  static async open(
    servers: readonly ServerFile[],
    { unapproved = false, ...options }: InstallationOptions & { readonly unapproved?: boolean } = {},
  ): Promise<ToolStage> {
    const at = await openInstallation({
      ...options,
      governance: (dir) => {
        roomy(dir);
        // The starter's own server that runs in this process stays; nothing of ours is asked of it.
        rmSync(join(dir, 'tools', 'issue-tracker.openapi.yaml'), { force: true });
        writeServers(dir, servers);
        options.governance?.(dir);
      },
    });
    try {
      const stage = new ToolStage(at, await at.task({ actions: TOOL_ACTIONS }));
      if (!unapproved) await Promise.all(servers.map(({ id }) => approveAll(at, id)));
      return stage;
    } catch (thrown) {
      await at.close();
      throw thrown;
    }
  }

  get url(): string {
    return `${this.at.server.url}/mcp`;
  }

  get headers(): Record<string, string> {
    return { authorization: `Bearer ${this.task.key}` };
  }

  async modern(options: ModernOptions = {}): Promise<ModernClient> {
    const client = new ModernClient({ name: 'modern', version: '1' }, { versionNegotiation: { mode: 'auto' }, ...options });
    await client.connect(new ModernTransport(new URL(this.url), { requestInit: { headers: this.headers } }));
    this.#open.push(client);
    return client;
  }

  async legacy(options: LegacyOptions = {}): Promise<LegacyClient> {
    const client = new LegacyClient({ name: 'legacy', version: '1' }, options);
    const transport = new LegacyTransport(new URL(this.url), { requestInit: { headers: this.headers } });
    await client.connect(transport as Parameters<LegacyClient['connect']>[0]);
    this.#open.push(client);
    return client;
  }

  async close(): Promise<void> {
    for (const client of this.#open.splice(0).reverse()) await client.close();
    await this.at.close();
  }
}

/** All text of a result of a tool. */
export const textOf = (result: { readonly content?: unknown }): string =>
  (Array.isArray(result.content) ? (result.content as { text?: unknown }[]) : [])
    .map(({ text }) => String(text ?? ''))
    .join('\n');
