/** Which headers cross the door, both ways, and which client sent them. */
import type { IncomingMessage } from 'node:http';
import type { ShownHeaders } from '../../ports/client-watch.ts';
import type { ClientKind } from './face/face.ts';

const HOP_BY_HOP = ['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade'];

/** Never forwarded: hop by hop, the client's credentials, and members that choose an account of ours at the provider. */
const REQUEST_DROPPED = new Set([
  ...HOP_BY_HOP,
  ...['authorization', 'x-api-key', 'api-key', 'proxy-authorization', 'proxy-authenticate', 'cookie', 'x-goog-api-key'],
  ...['host', 'expect', 'content-length', 'accept-encoding', 'forwarded', 'via'],
  // A checksum over settings that may hold what can be guessed.
  'x-claude-code-managed-settings-checksum',
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

export function clientOf(req: IncomingMessage): ClientKind {
  const agent = req.headers['user-agent'] ?? '';
  if (agent.startsWith('codex') || single(req.headers['originator'])?.startsWith('codex') === true) return 'codex';
  return agent.startsWith('claude-cli') || agent.startsWith('claude-code') ? 'claude-code' : 'other';
}

/** What a client shows of itself and of the settings that it runs under. */
export const shownHeaders = ({ headers }: IncomingMessage): ShownHeaders => ({
  userAgent: headers['user-agent'],
  originator: single(headers['originator']),
  settings: single(headers['x-countersign-bundle']),
  checksum: single(headers['x-claude-code-managed-settings-checksum']),
});

const single = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? value.join(',') : value);
