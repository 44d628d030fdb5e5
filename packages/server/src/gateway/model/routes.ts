/** Which requests this door answers, and as whom. */
import type { WireFormat } from '../../ports/registry.ts';

export type FaceName = 'openai' | 'anthropic';

export type Route = { readonly face: FaceName } & (
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
  const rest = path.slice(base?.[0].length ?? 0);
  const face = faceOf(base?.[1], anthropic || rest.startsWith('/messages'));
  if (isAlive(method, path, rest)) return { face, kind: 'alive' };
  if (rest.startsWith('/analytics/codex/')) return { face, kind: 'analytics' };
  if (upgrade && rest === '/responses') return { face, kind: 'upgrade' };
  return belowBase(method, rest, face);
}

/** The prefix says it; without one, what the request looks like. */
const faceOf = (named: string | undefined, looksAnthropic: boolean): FaceName =>
  named === 'anthropic' || (named === undefined && looksAnthropic) ? 'anthropic' : 'openai';

const isAlive = (method: string, path: string, rest: string): boolean =>
  path === '/api/hello' || (method === 'HEAD' && (rest === '/' || rest === ''));

function belowBase(method: string, rest: string, face: FaceName): Route {
  const format = CALLS[rest];
  if (format !== undefined && method === 'POST')
    return { face: format === 'messages' ? 'anthropic' : 'openai', kind: 'call', format, path: rest };
  if (rest === '/messages/count_tokens')
    return { face: 'anthropic', ...(method === 'POST' ? { kind: 'count', path: rest } : { kind: 'method' }) };
  const models = /^\/models(?:\/([^/]+))?$/.exec(rest);
  if (models !== null) return method === 'GET' ? { face, kind: 'models', id: decoded(models[1]) } : { face, kind: 'method' };
  return { face, kind: STORED.test(rest) ? 'stored' : 'unknown' };
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
