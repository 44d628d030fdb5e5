/** How the door says no: a short status line, because curl and git show little else; reason, policy and request id in headers; and a sentence. */
import { FAULTS, type FaultCode } from '@countersign/kernel/fault';
import type { JsonRecord } from '@countersign/kernel/json';
import type { Denial } from '../../ports/road.ts';
import { type Header, valuesOf } from './http/head.ts';
import { header, headBytes } from './http/headers.ts';

/** A no before it is on record. */
export interface Refusal {
  readonly code: FaultCode;
  /** Public sentence. */
  readonly message: string;
  /** Where it is not that of the code. */
  readonly status?: number;
}

export interface Refused {
  readonly denial: Denial;
  readonly status: number;
}

const PHRASES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  403: 'Denied',
  408: 'Request Timeout',
  413: 'Too Large',
  421: 'Misdirected',
  429: 'Too Many Requests',
  502: 'Bad Gateway',
  503: 'Unavailable',
  504: 'Gateway Timeout',
};

export const isRefused = (value: object): value is Refused => 'denial' in value;

export function statusOf(code: string): number {
  const status = Object.hasOwn(FAULTS, code) ? FAULTS[code as FaultCode].status : 403;
  // Who speaks is known by the listener: asking for a credential would only mislead a client into sending one.
  return status === 401 ? 403 : status;
}

/** The whole answer; the connection ends with it. @param headers of the request: they say whether JSON is wanted */
export function refusalBytes({ denial, status }: Refused, headers: readonly Header[]): Buffer {
  const json = valuesOf(headers, 'accept').some((value) => /\bjson\b/i.test(value));
  const body = Buffer.from(json ? `${JSON.stringify(problemOf(denial, status))}\n` : textOf(denial), 'utf8');
  const policy = denial.reasons.find((reason) => reason.policy !== undefined);
  return Buffer.concat([
    headBytes(`HTTP/1.1 ${status} ${PHRASES[status] ?? 'Denied'}`, [
      header('content-type', json ? 'application/problem+json' : 'text/plain; charset=utf-8'),
      header('content-length', String(body.length)),
      header('x-countersign-reason', plain(denial.code)),
      header('x-countersign-request', plain(denial.requestId)),
      ...(policy === undefined ? [] : [header('x-countersign-policy', plain(policy.reference ?? policy.policy ?? ''))]),
      ...(denial.retryAfterMs === undefined ? [] : [header('retry-after', String(Math.ceil(denial.retryAfterMs / 1_000)))]),
      header('cache-control', 'no-store'),
      header('connection', 'close'),
    ]),
    body,
  ]);
}

const plain = (text: string): string => text.replace(/[^\x20-\x7e]/g, '?').slice(0, 256);

function problemOf(denial: Denial, status: number): JsonRecord {
  return {
    type: `/docs/faults/${denial.code}`,
    title: Object.hasOwn(FAULTS, denial.code) ? FAULTS[denial.code as FaultCode].title : 'Denied',
    status,
    detail: denial.message,
    code: denial.code,
    instance: denial.requestId,
    policies: denial.reasons.flatMap(({ policy, reference }) => (policy === undefined ? [] : [reference ?? policy])),
    ...(denial.instead === undefined ? {} : { instead: denial.instead }),
    ...(denial.escalate === undefined ? {} : { escalate: { ...denial.escalate } }),
    ...(denial.approval === undefined ? {} : { approval: { ...denial.approval } }),
  };
}

function textOf(denial: Denial): string {
  const lines = [`${denial.message} (${denial.code})`];
  if (denial.instead !== undefined) lines.push(`Instead: ${denial.instead}`);
  if (denial.escalate !== undefined) lines.push(`Who may lift it: ${denial.escalate.group}`);
  if (denial.approval !== undefined)
    lines.push(`A person was asked: ${denial.approval.url} - when they have said yes, try again.`);
  lines.push(`Request id: ${denial.requestId}`);
  return `${lines.join('\n')}\n`;
}
