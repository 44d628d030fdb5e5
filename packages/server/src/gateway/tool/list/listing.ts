/** The lists that agents see, in a stable order: prompt caches of models live on it. Made once for a mandate, kept as text. */
import type { JsonRecord } from '@countersign/kernel/json';
import type { CatalogueView } from '../../../ports/tool.ts';
import type { Client } from '../era/client.ts';
import type { Exchange } from '../exchange.ts';
import { INVALID_PARAMS } from '../rpc/codes.ts';
import type { RpcRequest } from '../rpc/message.ts';
import { LIST_MS } from './shelf.ts';
import { promptName } from './targets.ts';
import { exposeTemplate, exposeUri } from './uris.ts';
import { only, subsetOf, visibleServers, visibleTools } from './visible.ts';

export const LISTS: ReadonlySet<string> = new Set(['tools/list', 'prompts/list', 'resources/list', 'resources/templates/list']);

export async function serveList(x: Exchange, client: Client, { method, params }: RpcRequest): Promise<void> {
  // Lists are whole: nobody was given a cursor.
  if (params['cursor'] !== undefined)
    return x.refuse('request.invalid', 'The cursor is not one of ours.', { rpc: INVALID_PARAMS });
  const subset = subsetOf(x.req.headers['x-countersign-tools']);
  if (subset === 'invalid')
    return x.refuse(
      'request.invalid',
      'The header `x-countersign-tools` holds names of tools, `*` for any characters, and commas.',
    );
  const view = x.door.catalogue.current();
  const now = x.door.clock.now();
  const key = keyOf(x, client, view, [method, ...(subset ?? [])]);
  const known = key === undefined ? undefined : x.door.lists.get(key, now);
  if (known !== undefined) return x.answer().resultText(known);
  const list = listOf(x, method, view, subset);
  const hints = client.era === 'modern' ? { resultType: 'complete', ttlMs: LIST_MS, cacheScope: 'private' } : {};
  const text = JSON.stringify({ ...list, ...hints });
  if (key !== undefined) x.door.lists.put(key, text, now);
  x.answer().resultText(text);
}

/** Everything that a list depends on but the time. A mandate that does not count is not remembered. */
function keyOf(x: Exchange, { era }: Client, { version }: CatalogueView, parts: readonly string[]): string | undefined {
  const { agent, mandate, mandateProblem, onBehalfOf } = x.known;
  const revision = x.door.snapshots.current()?.revision;
  if (revision === undefined || mandateProblem !== undefined) return undefined;
  const declared = [x.claims?.declaredClass ?? '', x.claims?.useCase ?? ''];
  return JSON.stringify([agent.id, mandate?.id ?? '', onBehalfOf, ...declared, revision, version, era, ...parts]);
}

function listOf(x: Exchange, method: string, view: CatalogueView, subset: readonly string[] | undefined): JsonRecord {
  switch (method) {
    case 'tools/list':
      return { tools: visibleTools(x, view, subset).map(({ definition }) => definition) };
    case 'prompts/list':
      return {
        prompts: sorted(
          visibleServers(x, view).flatMap(({ record, prompts }) => prompts.map((one) => promptOf(record.id, one))),
          'name',
        ),
      };
    case 'resources/list':
      return {
        resources: sorted(
          visibleServers(x, view).flatMap(({ record, resources }) => resources.flatMap((one) => resourceOf(record.id, one))),
          'uri',
        ),
      };
    default:
      return {
        resourceTemplates: sorted(
          visibleServers(x, view).flatMap(({ record, resourceTemplates }) =>
            resourceTemplates.flatMap((one) => templateOf(record.id, one)),
          ),
          'uriTemplate',
        ),
      };
  }
}

const promptOf = (server: string, prompt: JsonRecord): JsonRecord => ({
  ...only(prompt, ['title', 'description', 'arguments']),
  name: promptName(server, String(prompt['name'])),
});

const ABOUT = ['name', 'title', 'description', 'mimeType', 'size', 'annotations'];

const resourceOf = (server: string, resource: JsonRecord): readonly JsonRecord[] =>
  typeof resource['uri'] === 'string' ? [{ ...only(resource, ABOUT), uri: exposeUri(server, resource['uri']) }] : [];

const templateOf = (server: string, template: JsonRecord): readonly JsonRecord[] =>
  typeof template['uriTemplate'] === 'string'
    ? [{ ...only(template, ABOUT), uriTemplate: exposeTemplate(server, template['uriTemplate']) }]
    : [];

/** Code point order, as for tools. */
function sorted(list: readonly JsonRecord[], by: string): readonly JsonRecord[] {
  const keyed = list.map((one): [string, JsonRecord] => [String(one[by]), one]);
  return keyed.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, one]) => one);
}
