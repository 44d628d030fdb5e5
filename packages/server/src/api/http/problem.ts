/** Problem documents (RFC 9457): every fault is answered in one place, with its public voice; the internal one goes to the log. */
import { asFault, Fault, type FaultCode, faultPage, FAULTS, problemOf } from '@countersign/kernel/fault';
import type { JsonRecord } from '@countersign/kernel/json';
import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { ZodError } from 'zod';
import type { Log } from '../../ports/log.ts';
import type { Denial } from '../../ports/road.ts';
import type { ApiEnv } from './env.ts';

export const PROBLEM_TYPE = 'application/problem+json';

export function problemResponse(c: Context<ApiEnv>, problem: JsonRecord, status: number): Response {
  const headers: Record<string, string> = { 'content-type': PROBLEM_TYPE };
  if (status === 401) headers['www-authenticate'] = 'Bearer realm="countersign"';
  return c.body(JSON.stringify(problem), status as ContentfulStatusCode, headers);
}

/** A member of the request by JSON pointer in URI fragment form, or a parameter by name; the sentence never repeats a value. */
export interface FieldProblem {
  readonly pointer?: string;
  readonly parameter?: string;
  readonly detail: string;
  readonly [member: string]: string;
}

const escapeToken = (token: PropertyKey) => encodeURIComponent(String(token).replaceAll('~', '~0').replaceAll('/', '~1'));

export function fieldProblems(error: ZodError, target: string): FieldProblem[] {
  return error.issues.slice(0, 20).map((issue) => {
    const detail = issue.message.slice(0, 200);
    if (target === 'json') return { pointer: `#${issue.path.map((token) => `/${escapeToken(token)}`).join('')}`, detail };
    return { parameter: String(issue.path[0] ?? target), detail };
  });
}

type Validation = { target: string; success: true } | { target: string; success: false; error: ZodError };

/** Default hook of every route group: what does not fit its schema is a 400 that names each member. */
export function invalidHook(result: Validation): void {
  if (result.success) return;
  const errors = fieldProblems(result.error, result.target);
  const where = result.target === 'json' ? 'body' : 'parameters';
  throw new Fault('request.invalid', `The ${where} of this request do not fit: ${errors[0]?.detail ?? 'see errors'}.`, {
    details: { errors },
  });
}

function faultOf(thrown: unknown): Fault {
  if (!(thrown instanceof HTTPException)) return asFault(thrown);
  if (thrown.status === 415) return new Fault('request.media-type', 'This endpoint takes `application/json`.');
  if (thrown.status === 413) return new Fault('request.too-large', 'The body is larger than this endpoint takes.');
  if (thrown.status < 500) return new Fault('request.invalid', 'The request could not be read.', { internal: thrown.message });
  return asFault(thrown.cause ?? thrown);
}

export const errorHandler = (log: Log) => (thrown: Error, c: Context<ApiEnv>) => {
  const fault = faultOf(thrown);
  const requestId = c.get('requestId');
  if (fault.status >= 500)
    log.error('api.fault', { requestId, code: fault.code, path: c.req.path, internal: fault.internalText });
  return problemResponse(c, problemOf(fault, requestId), fault.status);
};

export const notFoundHandler = (c: Context<ApiEnv>) =>
  problemResponse(c, problemOf(new Fault('request.not-found', 'There is nothing at this address.'), c.get('requestId')), 404);

const CODES: ReadonlySet<string> = new Set(Object.keys(FAULTS));

/** What an agent or person is told of a denial: everything that teaches, nothing else. */
export function denialView(denial: Denial) {
  return {
    kind: denial.kind,
    decision: denial.decision,
    requestId: denial.requestId,
    code: denial.code,
    message: denial.message,
    reasons: denial.reasons.map((reason) => ({ ...reason })),
    whyNot: denial.whyNot.map(({ policy, reference, failed }) => ({ policy, reference, failed: [...failed] })),
    ...(denial.instead === undefined ? {} : { instead: denial.instead }),
    ...(denial.escalate === undefined ? {} : { escalate: { ...denial.escalate } }),
    ...(denial.approval === undefined ? {} : { approval: { ...denial.approval } }),
    ...(denial.retryAfterMs === undefined ? {} : { retryAfterMs: denial.retryAfterMs }),
  };
}

/** A denial as a problem document. Codes of policies are theirs; the page is then that of `policy.denied`. */
export function denialProblem(denial: Denial) {
  const known = CODES.has(denial.code) ? (denial.code as FaultCode) : 'policy.denied';
  const { status, title } = FAULTS[known];
  const common = {
    type: faultPage(known),
    title,
    status: status as number,
    detail: denial.message,
    code: denial.code,
    instance: denial.requestId,
  };
  return { status: status as 403, problem: { ...common, denial: denialView(denial) } };
}
