/** From the names that agents use to the servers' own: prompts and addresses of resources. */
import { isRecord, type JsonRecord } from '@countersign/kernel/json';
import type { CatalogueServer, CatalogueView } from '../../../ports/tool.ts';
import type { FetchTarget } from '../call/plan.ts';
import { resolveUri } from './uris.ts';

export const promptName = (server: string, name: string): string => `${server}__${name}`;

interface Prompt {
  readonly server: CatalogueServer;
  readonly name: string;
}

const prompts = new WeakMap<CatalogueView, ReadonlyMap<string, Prompt>>();

function promptsOf(view: CatalogueView): ReadonlyMap<string, Prompt> {
  const known = prompts.get(view);
  if (known !== undefined) return known;
  const made = new Map<string, Prompt>();
  for (const [id, server] of view.servers)
    for (const { name } of server.prompts) if (typeof name === 'string') made.set(promptName(id, name), { server, name });
  prompts.set(view, made);
  return made;
}

const serves = (server: CatalogueServer | undefined): server is CatalogueServer =>
  server?.state === 'pinned' && server.record.enabled;

/** Undefined where nobody offers it; a text where the params are wrong. */
export function targetOf(view: CatalogueView, method: string, params: JsonRecord): FetchTarget | string | undefined {
  switch (method) {
    case 'prompts/get':
      return promptTarget(view, params);
    case 'resources/read':
      return resourceTarget(view, params);
    default:
      return completionTarget(view, params);
  }
}

function promptTarget(view: CatalogueView, { name, arguments: given }: JsonRecord): FetchTarget | string | undefined {
  if (typeof name !== 'string') return 'The params must name a prompt.';
  if (given !== undefined && !areTexts(given)) return 'The arguments of a prompt are texts.';
  const prompt = promptsOf(view).get(name);
  if (prompt === undefined || !serves(prompt.server)) return undefined;
  const params = { name: prompt.name, ...(given === undefined ? {} : { arguments: given }) };
  return { method: 'prompts/get', server: prompt.server.record, name, params };
}

const areTexts = (value: unknown): value is JsonRecord =>
  isRecord(value) && Object.values(value).every((one) => typeof one === 'string');

function resourceTarget(view: CatalogueView, { uri }: JsonRecord): FetchTarget | string | undefined {
  if (typeof uri !== 'string') return 'The params must name the `uri` of a resource.';
  const found = resolveUri(uri);
  const server = found === undefined ? undefined : view.servers.get(found.server);
  if (found === undefined || !serves(server)) return undefined;
  return { method: 'resources/read', server: server.record, name: uri, params: { uri: found.uri } };
}

function completionTarget(view: CatalogueView, params: JsonRecord): FetchTarget | string | undefined {
  const { ref, argument, context } = params;
  if (!isRecord(ref) || !isRecord(argument)) return 'The params must hold `ref` and `argument`.';
  const { name: wanted, value } = argument;
  if (typeof wanted !== 'string' || typeof value !== 'string') return 'The `argument` must have a name and a value.';
  const known = isRecord(context) && areTexts(context['arguments']) ? { context: { arguments: context['arguments'] } } : {};
  const rest = { argument: { name: wanted, value }, ...known };
  return ref['type'] === 'ref/prompt' ? ofPrompt(view, ref, rest) : ofResource(view, ref, rest);
}

function ofPrompt(view: CatalogueView, { name }: JsonRecord, rest: JsonRecord): FetchTarget | undefined {
  const prompt = typeof name === 'string' ? promptsOf(view).get(name) : undefined;
  if (typeof name !== 'string' || prompt === undefined || !serves(prompt.server)) return undefined;
  const params = { ref: { type: 'ref/prompt', name: prompt.name }, ...rest };
  return { method: 'completion/complete', server: prompt.server.record, name, params };
}

function ofResource(view: CatalogueView, { type, uri }: JsonRecord, rest: JsonRecord): FetchTarget | undefined {
  const found = typeof uri === 'string' ? resolveUri(uri) : undefined;
  const server = found === undefined ? undefined : view.servers.get(found.server);
  if (type !== 'ref/resource' || typeof uri !== 'string' || found === undefined || !serves(server)) return undefined;
  const params = { ref: { type: 'ref/resource', uri: found.uri }, ...rest };
  return { method: 'completion/complete', server: server.record, name: uri, params };
}
