/** Which headers cross the door, both ways, and what clients claim in them. */
import type { IncomingMessage } from 'node:http';
import { randomUUID } from 'node:crypto';
import type { Presented } from '../../ports/road.ts';
import { DATA_CLASSES, type DataClass } from '../../ports/registry.ts';
import type { ClientKind } from './face/face.ts';

const HOP_BY_HOP = ['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade'];

/** Never forwarded: hop by hop, the client's credentials, and members that choose an account of ours at the provider. */
const REQUEST_DROPPED = new Set([
  ...HOP_BY_HOP,
  ...['authorization', 'x-api-key', 'api-key', 'proxy-authorization', 'proxy-authenticate', 'cookie', 'x-goog-api-key'],
  ...['host', 'expect', 'content-length', 'accept-encoding', 'forwarded', 'via'],
  ...['openai-organization', 'openai-project', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip'],
]);

/** Not shown to clients: the provider's account, limits and request ids, and what only its own connection means. */
const ANSWER_DROPPED = new Set([
  ...HOP_BY_HOP,
  ...['proxy-authenticate', 'set-cookie', 'content-length', 'content-encoding', 'date', 'server', 'via', 'alt-svc'],
  ...[
    'openai-organization',
    'openai-project',
    'anthropic-organization-id',
    'x-request-id',
    'request-id',
    'cf-ray',
    'cf-cache-status',
  ],
  ...['strict-transport-security', 'nel', 'report-to', 'x-should-retry'],
]);
const ANSWER_DROPPED_PREFIXES = ['x-ratelimit-', 'anthropic-ratelimit-', 'access-control-', 'x-countersign-', 'x-amzn-'];

const isOurs = (name: string): boolean => name.startsWith('x-countersign-');

/** @param raw name, value, name, value ... as received @returns the same, filtered; values untouched */
export function requestHeaders(raw: readonly string[], connection: string | undefined): string[] {
  const named =
    connection === undefined || PLAIN_CONNECTION.has(connection) ? NOTHING : connection.toLowerCase().split(/\s*,\s*/);
  const kept: string[] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i] ?? '';
    if (crosses.get(name) && (named.length === 0 || !named.includes(name.toLowerCase()))) kept.push(name, raw[i + 1] ?? '');
  }
  return kept;
}

/** Spellings that name no further header. */
const PLAIN_CONNECTION = new Set(['keep-alive', 'Keep-Alive', 'close']);
const NOTHING: readonly string[] = [];

/** The answer to one question about header names, kept for the few names that come again and again. */
class ByName {
  readonly #known = new Map<string, boolean>();
  readonly #answer: (lower: string) => boolean;

  constructor(answer: (lower: string) => boolean) {
    this.#answer = answer;
  }

  get(name: string): boolean {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const answer = this.#answer(name.toLowerCase());
    if (this.#known.size < NAMES_MAX && name.length <= NAME_CHARS_MAX) this.#known.set(name, answer);
    return answer;
  }
}

/** Strangers choose header names: what is kept of them is bounded. */
const NAMES_MAX = 512;
const NAME_CHARS_MAX = 64;

const crosses = new ByName((lower) => !REQUEST_DROPPED.has(lower) && !isOurs(lower));
const returns = new ByName(
  (lower) => !ANSWER_DROPPED.has(lower) && !ANSWER_DROPPED_PREFIXES.some((prefix) => lower.startsWith(prefix)),
);

export type HeaderBag = Readonly<Record<string, string | string[] | undefined>>;

export function answerHeaders(headers: HeaderBag): Record<string, string | string[]> {
  const kept: Record<string, string | string[]> = {};
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined && returns.get(name)) kept[name] = value;
  }
  return kept;
}

export interface Claims {
  readonly presented: Presented;
  readonly declaredClass: DataClass | undefined;
  readonly useCase: string | undefined;
  readonly customerData: boolean;
}

export type ClaimsProblem = 'credentials-differ' | 'data-class' | 'use-case' | 'name';

const NAME = /^[\x21-\x7e]{1,256}$/;
const USE_CASE = /^[a-z0-9][a-z0-9._-]{0,63}$/;

/** What the client presents and declares. Claims: the road checks them. */
export function readClaims(req: IncomingMessage): Claims | ClaimsProblem {
  const presented = readPresented(req);
  if (typeof presented === 'string') return presented;
  const { headers } = req;
  const declared = single(headers['x-countersign-data-class']);
  if (declared !== undefined && !isDataClass(declared)) return 'data-class';
  const useCase = single(headers['x-countersign-use-case']);
  if (useCase !== undefined && !USE_CASE.test(useCase)) return 'use-case';
  return { presented, declaredClass: declared, useCase, customerData: single(headers['x-countersign-customer-data']) === 'true' };
}

function readPresented({ headers }: IncomingMessage): Presented | ClaimsProblem {
  const bearer = bearerOf(headers.authorization);
  const apiKey = single(headers['x-api-key']);
  if (bearer !== undefined && apiKey !== undefined && bearer !== apiKey) return 'credentials-differ';
  const mandate = single(headers['x-countersign-mandate']);
  const onBehalfOf = single(headers['x-countersign-on-behalf-of']);
  if (!isName(mandate) || !isName(onBehalfOf)) return 'name';
  const presented: { -readonly [K in keyof Presented]: Presented[K] } = {};
  if (bearer !== undefined) presented.bearer = bearer;
  if (apiKey !== undefined) presented.apiKey = apiKey;
  if (mandate !== undefined) presented.mandate = mandate;
  if (onBehalfOf !== undefined) presented.onBehalfOf = onBehalfOf;
  return presented;
}

const isName = (value: string | undefined): boolean => value === undefined || NAME.test(value);
const single = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? value.join(',') : value);
const isDataClass = (value: string): value is DataClass => (DATA_CLASSES as readonly string[]).includes(value);

function bearerOf(authorization: string | undefined): string | undefined {
  if (authorization === undefined) return undefined;
  return /^bearer +(\S+)$/i.exec(authorization)?.[1] ?? authorization;
}

const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}/;
const NO_TRACE = '0'.repeat(32);

/** The caller's trace id, or a new one. */
export function traceOf(req: IncomingMessage): string {
  const parent = single(req.headers['traceparent']);
  const trace = parent === undefined ? undefined : TRACEPARENT.exec(parent)?.[1];
  return trace === undefined || trace === NO_TRACE ? randomUUID().replaceAll('-', '') : trace;
}

export function clientOf(req: IncomingMessage): ClientKind {
  const agent = req.headers['user-agent'] ?? '';
  if (agent.startsWith('codex') || single(req.headers['originator'])?.startsWith('codex') === true) return 'codex';
  return agent.startsWith('claude-cli') || agent.startsWith('claude-code') ? 'claude-code' : 'other';
}
