/** Heads as they go on: what the origin gets of a request, and what the client gets of an answer. */
import type { Injection } from '../secret/credential.ts';
import { maskText } from '../secret/mask.ts';
import { hostHeader, type Located } from './authority.ts';
import { type Framing, type Header, listOf, type RequestHead, type ResponseHead, valuesOf } from './head.ts';
import { endToEnd, header, headBytes, keepsAlive } from './headers.ts';

const OWN_HEADERS: ReadonlySet<string> = new Set(['host', 'content-length']);

export const wantsWebSocket = (head: RequestHead): boolean =>
  listOf(head.headers, 'connection').includes('upgrade') && listOf(head.headers, 'upgrade').includes('websocket');

const upgradeHeaders = (): readonly Header[] => [header('connection', 'Upgrade'), header('upgrade', 'websocket')];

/** Something was sent that must not come back. */
export const searches = (injection: Injection | undefined): injection is Injection =>
  injection !== undefined && injection.needles.length > 0;

export interface RequestWay {
  readonly head: RequestHead;
  readonly located: Located;
  readonly scheme: 'http' | 'https';
  readonly injection: Injection | undefined;
}

/** Our own framing and host, nothing of the hop, the agent's credential replaced by ours. */
export function requestBytes({ head, located, scheme, injection }: RequestWay): Buffer {
  const without = injection === undefined ? OWN_HEADERS : new Set([...OWN_HEADERS, ...injection.replaces]);
  const headers: Header[] = [header('host', hostHeader(located, scheme)), ...endToEnd(head.headers, without)];
  if (injection !== undefined) headers.push(...injection.headers);
  headers.push(...framingHeaders(head.framing));
  if (wantsWebSocket(head)) headers.push(...upgradeHeaders());
  return headBytes(`${head.method} ${located.origin.path}${located.origin.query} HTTP/1.1`, headers);
}

function framingHeaders(framing: Framing): readonly Header[] {
  if (framing.kind === 'length') return [header('content-length', String(framing.bytes))];
  return framing.kind === 'chunked' ? [header('transfer-encoding', 'chunked')] : [];
}

/** How the body of an answer comes, and how it goes on. */
export interface AnswerPlan {
  readonly framing: Framing;
  readonly framed: 'as-is' | 'chunked';
  /** The client's connection may carry another request: it can tell where the answer ends. */
  readonly keep: boolean;
}

export function answerPlan(head: RequestHead, answer: ResponseHead): AnswerPlan {
  const bodiless = head.method === 'HEAD' || answer.status === 204 || answer.status === 304;
  const framing: Framing = bodiless ? { kind: 'none' } : answer.framing;
  // HTTP/1.0 knows no chunks: the end of the connection ends the body there.
  const framed = framing.kind === 'chunked' && head.minor === 1 ? 'chunked' : 'as-is';
  const bounded = framing.kind === 'none' || framing.kind === 'length' || framed === 'chunked';
  return { framing, framed, keep: bounded && keepsAlive(head) };
}

/** Headers of the door's own name come from the door alone: an origin could tell an agent of refusals that never were. */
const fromOrigin = (answer: ResponseHead): readonly Header[] =>
  endToEnd(answer.headers, OWN_HEADERS).filter(({ key }) => !key.startsWith('x-countersign-'));

export function answerBytes(head: RequestHead, answer: ResponseHead, plan: AnswerPlan, injection: Injection | undefined): Buffer {
  const length = plan.framing.kind === 'none' && head.method === 'HEAD' ? valuesOf(answer.headers, 'content-length') : [];
  const headers = [
    ...fromOrigin(answer),
    ...length.map((value) => header('content-length', value)),
    ...framingHeaders(plan.framed === 'as-is' && plan.framing.kind === 'chunked' ? { kind: 'close' } : plan.framing),
    header('connection', plan.keep ? 'keep-alive' : 'close'),
  ];
  return masked(`HTTP/1.1 ${answer.status} ${answer.reason}`, headers, injection);
}

export const upgradeBytes = (answer: ResponseHead, injection: Injection | undefined): Buffer =>
  masked(`HTTP/1.1 101 ${answer.reason}`, [...fromOrigin(answer), ...upgradeHeaders()], injection);

function masked(start: string, headers: readonly Header[], injection: Injection | undefined): Buffer {
  if (!searches(injection)) return headBytes(start, headers);
  const { needles } = injection;
  const clean = headers.map(({ name, value }) => header(maskText(name, needles), maskText(value, needles)));
  return headBytes(maskText(start, needles), clean);
}
