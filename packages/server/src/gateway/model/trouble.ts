/** What goes wrong at the provider, in our words. Theirs go to the log; of a refused body the reason is passed on, scrubbed. */
import { isRecord } from '@countersign/kernel/json';
import type { UpstreamFailure, UpstreamFailureKind } from '../../ports/upstream.ts';
import type { ContentProblem } from '../wire/content-problem.ts';
import type { UpstreamTrouble } from './face/face.ts';

const FAILURES: Readonly<Record<UpstreamFailureKind, UpstreamTrouble>> = {
  unresolved: trouble(502, 'upstream.refused', 'This model cannot be reached from here; the operators have been told.', true),
  open: trouble(503, 'upstream.unavailable', 'The model provider is failing; calls to it are paused for some seconds.', false),
  queue: trouble(503, 'upstream.unavailable', 'Too many calls to the model provider are under way.', false),
  refused: trouble(503, 'upstream.unavailable', 'The model provider cannot be reached.', false),
  'connect-timeout': trouble(503, 'upstream.unavailable', 'The model provider cannot be reached.', false),
  'first-byte-timeout': trouble(504, 'upstream.timeout', 'The model provider did not begin to answer in time.', true),
  'idle-timeout': trouble(504, 'upstream.timeout', 'The model provider stopped in the middle of its answer.', true),
  'total-timeout': trouble(504, 'upstream.timeout', 'The model provider did not finish in time.', true),
  reset: trouble(502, 'upstream.unavailable', 'The connection to the model provider was lost.', false),
  garbage: trouble(502, 'upstream.garbage', 'The model provider sent something that cannot be read.', true),
  aborted: trouble(502, 'upstream.unavailable', 'The call was ended.', true),
};

function trouble(status: number, code: string, message: string, final: boolean): UpstreamTrouble {
  return { status, code, message, final };
}

export const failureTrouble = (failure: UpstreamFailure): UpstreamTrouble => FAILURES[failure.kind];
export const garbageTrouble = (): UpstreamTrouble => FAILURES.garbage;

/** What our own scanner says of an answer. */
export const contentTrouble = ({ code, message }: ContentProblem): UpstreamTrouble => trouble(403, code, message, true);

/** Bytes of an error body that are read; the rest is dropped. */
export const ERROR_BODY_BYTES_MAX = 64 * 1024;

/** Statuses with which a provider refuses this one body: its reason helps whoever wrote it. */
const ABOUT_THE_BODY = new Set([400, 404, 413, 415, 422]);
const OUR_CREDENTIAL = new Set([401, 403, 407]);
/** Kept as they are for the client's own retries; others become 503. */
const KEPT_FAILURES = new Set([500, 502, 504, 529]);

export interface ErrorBody {
  readonly status: number;
  readonly body: Buffer;
  /** The provider's header. */
  readonly retryAfter: string | undefined;
  /** Redacts a sentence. */
  readonly redact: (text: string) => string;
}

/** Maps an error answer of the provider. */
export function statusTrouble({ status, body, retryAfter, redact }: ErrorBody): UpstreamTrouble {
  const wait = retryAfter !== undefined && /^\d{1,6}$/.test(retryAfter) ? { retryAfter } : {};
  if (OUR_CREDENTIAL.has(status))
    return trouble(
      502,
      'upstream.refused',
      'The model provider does not accept our credential; the operators have been told.',
      true,
    );
  if (status === 429)
    return { ...trouble(429, 'request.rate-limited', 'The model provider asks for fewer calls.', false), ...wait };
  if (ABOUT_THE_BODY.has(status)) return aboutBody(status, body, redact);
  if (status >= 500) {
    const kept = KEPT_FAILURES.has(status) ? status : 503;
    return { ...trouble(kept, 'upstream.unavailable', 'The model provider failed.', false), ...wait };
  }
  return trouble(502, 'upstream.refused', 'The model provider refused the call.', true);
}

function aboutBody(status: number, body: Buffer, redact: (text: string) => string): UpstreamTrouble {
  const error = errorOf(body);
  const said = error?.['message'];
  const reason = typeof said === 'string' ? scrub(redact(said.slice(0, SAID_CHARACTERS_MAX))) : '';
  const message = reason === '' ? 'The model provider refused the request.' : `The model provider refused the request: ${reason}`;
  const type = identifier(error?.['type']);
  return {
    ...trouble(status === 415 ? 400 : status, 'upstream.refused', message, true),
    ...(type === undefined ? {} : { type }),
  };
}

function errorOf(body: Buffer): Readonly<Record<string, unknown>> | undefined {
  try {
    const parsed: unknown = JSON.parse(body.toString('utf8'));
    return isRecord(parsed) && isRecord(parsed['error']) ? parsed['error'] : undefined;
  } catch {
    return undefined;
  }
}

const identifier = (value: unknown): string | undefined =>
  typeof value === 'string' && /^[a-z][a-z_]{1,63}$/.test(value) ? value : undefined;

/** Of a provider's sentence this much is read. */
const SAID_CHARACTERS_MAX = 2_000;
const SHOWN_CHARACTERS_MAX = 300;
/** Keys, account and request ids, ARNs, addresses, hosts: whatever is not a plain word. */
const NOT_PLAIN = [
  /\b[a-z][a-z0-9+.-]*:\/\/\S+/gi,
  /\barn:\S+/gi,
  /\S+@\S+/g,
  /\b(?:sk|pk|rk|org|proj|req|resp|msg|user|acct|key)[-_][\w-]{6,}/gi,
  /\b(?=\w*\d)[\w-]{24,}\b/g,
  /\*{3,}\S*/g,
  /\b\d{9,}\b/g,
  /\b\d{1,3}(?:\.\d{1,3}){3}\b/g,
];

/** The provider's sentence without identifiers, on one line, at most 300 characters. */
export function scrub(text: string): string {
  let plain = text.slice(0, SAID_CHARACTERS_MAX).replace(/[\u0000-\u001f\u007f]+/g, ' ');
  for (const pattern of NOT_PLAIN) plain = plain.replace(pattern, '[removed]');
  return plain.length > SHOWN_CHARACTERS_MAX ? `${plain.slice(0, SHOWN_CHARACTERS_MAX)}...` : plain;
}
