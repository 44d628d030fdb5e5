/** Which requests this door answers, and as whom. */
import type { WireFormat } from '../../ports/registry.ts';

export type FaceName = 'openai' | 'anthropic';

export type Route = { readonly face: FaceName; readonly prefix: string } & (
  | { readonly kind: 'call'; readonly format: WireFormat; readonly path: string }
  | { readonly kind: 'count'; readonly path: string }
  | { readonly kind: 'models'; readonly id: string | undefined }
  | { readonly kind: 'alive' | 'analytics' | 'upgrade' | 'stored' | 'unknown' | 'method' }
);

const CALLS: Readonly<Record<string, WireFormat>> = {
  '/responses': 'responses',
  '/chat/completions': 'chat',
  '/messages': 'messages',
};

/** State kept at the provider, which agents of one account could read from each other. */
const STORED =
  /^\/(?:responses|chat\/completions|conversations|files|batches|messages\/batches|assistants|threads|vector_stores|uploads|containers|evals|videos|realtime|fine_tuning|skills)(?:\/|$)/;

const BASE = /^\/(?:(openai|anthropic)\/)?v1(?=\/|$)/;

/** True for paths below the door's own prefixes, whatever the method. `HEAD /` is also the door's. */
export function matches(path: string, method: string | undefined): boolean {
  return BASE.test(path) || path === '/api/hello' || path.startsWith('/analytics/codex/') || (path === '/' && method === 'HEAD');
}

/** @param path without the query @param anthropic the request names a version of Anthropic's API */
export function routeOf(method: string, path: string, anthropic: boolean, upgrade: boolean): Route {
  const base = BASE.exec(path);
  const prefix = base?.[0] ?? '';
  const rest = path.slice(prefix.length);
  const named = base?.[1];
  const face: FaceName =
    named === 'anthropic' || (named === undefined && (anthropic || rest.startsWith('/messages'))) ? 'anthropic' : 'openai';
  if (path === '/api/hello' || (method === 'HEAD' && (path === '/' || rest === '/' || rest === '')))
    return { face, prefix, kind: 'alive' };
  if (/^(?:\/v1)?\/analytics\/codex\//.test(named === undefined ? path : rest)) return { face, prefix, kind: 'analytics' };
  if (upgrade && rest === '/responses') return { face, prefix, kind: 'upgrade' };
  return belowBase(method, rest, { face, prefix });
}

function belowBase(method: string, rest: string, of: { readonly face: FaceName; readonly prefix: string }): Route {
  const format = CALLS[rest];
  if (format !== undefined && method === 'POST')
    return { face: format === 'messages' ? 'anthropic' : 'openai', prefix: of.prefix, kind: 'call', format, path: rest };
  if (rest === '/messages/count_tokens')
    return { face: 'anthropic', prefix: of.prefix, ...(method === 'POST' ? { kind: 'count', path: rest } : { kind: 'method' }) };
  const models = /^\/models(?:\/([^/]+))?$/.exec(rest);
  if (models !== null) return method === 'GET' ? { ...of, kind: 'models', id: decoded(models[1]) } : { ...of, kind: 'method' };
  return { ...of, kind: STORED.test(rest) ? 'stored' : 'unknown' };
}

function decoded(id: string | undefined): string | undefined {
  if (id === undefined) return undefined;
  try {
    return decodeURIComponent(id);
  } catch {
    return id;
  }
}

/** Query members that name what the body names are refused: some servers read them there. The rest goes on as it came. */
const QUERY_REFUSED =
  /(?:^|&)(?:model|models|provider|route|api[-_]?key|key|api[-_]?base|base[-_]?url|max[-_]?(?:output[-_]?|completion[-_]?)?tokens|stream|n)=/i;
/** Without percent signs: an encoded name would read differently there. */
const QUERY_PLAIN = /^[\w.~&=+:,/@-]{0,1024}$/;

export const isPlainQuery = (query: string): boolean => QUERY_PLAIN.test(query) && !QUERY_REFUSED.test(query);
