/**
 * How a denial is told to an agent: a sentence that a model understands, the same as data, and once more under our own `_meta` key. Older clients
 * check `structuredContent` against the tool's output schema even for errors and then throw, so that nobody would see the denial: it is used only
 * for tools without such a schema.
 */
import type { JsonRecord } from '@countersign/kernel/json';
import type { Denial } from '../../ports/road.ts';
import { sentence } from '../wire/denial-text.ts';
import type { RpcError } from './rpc/answer.ts';

export const META_DENIAL = 'countersign/denial';

export function structured(denial: Denial): JsonRecord {
  const policies = denial.reasons.flatMap(({ reference }) => (reference === undefined ? [] : [reference]));
  return {
    code: denial.code,
    reason: denial.message,
    policyRef: policies,
    instead: denial.instead ?? null,
    mayLift: denial.escalate === undefined ? null : { ...denial.escalate },
    requestId: denial.requestId,
    decision: denial.decision,
    ...(denial.approval === undefined ? {} : { approval: { ...denial.approval } }),
    ...(denial.retryAfterMs === undefined ? {} : { retryAfterMs: denial.retryAfterMs }),
  };
}

/** @param plain the tool has no output schema */
export function denialResult(denial: Denial, plain: boolean): JsonRecord {
  const data = structured(denial);
  return {
    content: [
      { type: 'text', text: sentence(denial) },
      { type: 'text', text: JSON.stringify(data) },
    ],
    isError: true,
    ...(plain ? { structuredContent: data } : {}),
    _meta: { [META_DENIAL]: data },
  };
}

/** For methods whose results cannot be errors, and for what is wrong with the request itself. */
export const denialError = (denial: Denial, code: number, more: JsonRecord = {}): RpcError => ({
  code,
  message: sentence(denial),
  data: { ...more, [META_DENIAL]: structured(denial) },
});

/** A refusal after the decision: the server was not reached, or what it sent cannot be passed on. */
export function trouble(code: string, message: string, decision: string, instead?: string): Denial {
  return {
    kind: 'request',
    decision,
    requestId: decision,
    code,
    message,
    reasons: [{ code, message }],
    whyNot: [],
    ...(instead === undefined ? {} : { instead }),
  };
}
