/** What the demonstration plays on: a data directory, a governance directory that points at the model provider, keys for people and agents. */
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isMap, isPair, parseDocument } from 'yaml';
import { type RunningServer, startServer } from '../../app.ts';
import { starterDirectory } from '../../config/starter.ts';
import { jsonLog } from '../../app/log.ts';
import { Client, pathOf } from '../../client/index.ts';
import { type ScriptedModel, startScriptedModel } from './scripted-model.ts';

export interface Stage {
  readonly dir: string;
  readonly governance: string;
  readonly server: RunningServer;
  readonly admin: Client;
  /** True where the provider is ours and scripted. */
  readonly scripted: boolean;
  keyOf(kind: 'agents' | 'people', id: string, terms?: { readonly mandate: string }): Promise<string>;
  clientOf(person: string): Promise<Client>;
  close(): Promise<void>;
}

/** A folder that the embedded server, another user, may pass through; kept until the machine tidies up, so that one can look at it. */
const newFolder = (): string => {
  const dir = mkdtempSync(join(tmpdir(), 'countersign-demo-'));
  chmodSync(dir, 0o755);
  mkdirSync(join(dir, 'data'), { mode: 0o755 });
  return dir;
};

export async function openStage(env: Readonly<Record<string, string | undefined>>): Promise<Stage> {
  const dir = newFolder();
  const governance = join(dir, 'governance');
  cpSync(starterDirectory(), governance, { recursive: true });
  const real = { openai: (env['OPENAI_API_KEY'] ?? '') !== '', anthropic: (env['ANTHROPIC_API_KEY'] ?? '') !== '' };
  const model = real.openai && real.anthropic ? undefined : await startScriptedModel();
  if (model !== undefined) pointAt(model, { dir, governance, real });
  const lines: string[] = [];
  const log = jsonLog((line) => lines.push(line));
  const server = await startServer({ dir: join(dir, 'data'), host: '127.0.0.1', port: 0, governance, log });
  const admin = new Client({ url: server.url, key: server.adminKey });
  const keyOf: Stage['keyOf'] = async (kind, id, terms) => {
    const path = kind === 'agents' ? pathOf`/api/v1/agents/${id}/credentials` : pathOf`/api/v1/people/${id}/credentials`;
    const { json } = await admin.post(path, { ...terms });
    return String(json['key']);
  };
  return {
    dir,
    governance,
    server,
    admin,
    scripted: !real.openai,
    keyOf,
    clientOf: async (person) => new Client({ url: server.url, key: await keyOf('people', person) }),
    close: async () => {
      await server.close();
      await model?.close();
      writeFileSync(join(dir, 'server.log'), lines.join(''));
    },
  };
}

interface Pointing {
  readonly dir: string;
  readonly governance: string;
  readonly real: { readonly openai: boolean; readonly anthropic: boolean };
}

/** Only addresses and key references change; every policy, budget and registry stays as it ships. */
function pointAt(model: ScriptedModel, { dir, governance, real }: Pointing): void {
  const path = join(governance, 'countersign.yaml');
  const document = parseDocument(readFileSync(path, 'utf8'));
  const key = join(dir, 'provider.key');
  writeFileSync(key, 'not-a-real-key\n', { mode: 0o600 });
  const providers = document.get('providers');
  if (!isMap(providers)) return;
  for (const pair of providers.items) {
    if (!isPair(pair) || !isMap(pair.value)) continue;
    const name = String(pair.key);
    if (name === 'openai' ? real.openai : real.anthropic) continue;
    pair.value.set('baseUrl', name === 'openai' ? `${model.url}/v1` : model.url);
    pair.value.set('credential', `file:${key}`);
  }
  writeFileSync(path, document.toString({ lineWidth: 0 }));
}
