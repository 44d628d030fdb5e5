/** Requests of one connection, one after the other: where to, by which rule, allowed or not, and the exchange. */
import { type EgressRule, isEvasive, pathsRule, ruleForRequest } from '@countersign/kernel/egress';
import type { EgressTarget } from '../../../ports/egress-gate.ts';
import { isInletProblem, type InletProblem } from '../flow/inlet.ts';
import { leave } from '../flow/leave.ts';
import type { Way } from '../passages.ts';
import { isRefused, type Refusal, refusalBytes, type Refused } from '../refusal.ts';
import { signed } from '../secret/aws.ts';
import { type Injection, injectionOf } from '../secret/credential.ts';
import type { Session } from '../session.ts';
import { isLocateProblem, type Located, type LocateProblem } from './authority.ts';
import type { Client } from './client.ts';
import { exchange, type ExchangeEnd, invite } from './exchange.ts';
import { type HeadProblem, isHeadProblem, type RequestHead, requestHead } from './head.ts';
import { dropsTooMuch } from './headers.ts';
import { overrideProblem } from './overrides.ts';
import { wantsWebSocket } from './passing.ts';

export const HEAD_BYTES_MAX = 16 * 1_024;
export const HEAD_MS = 10_000;
const KEEP_ALIVE_MS = 60_000;

export interface Serving {
  readonly session: Session;
  readonly client: Client;
  readonly scheme: 'http' | 'https';
  readonly mode: 'plain' | 'inspected';
  /** Where a request goes; undefined hands it to the caller, as CONNECT. */
  readonly locate: (head: RequestHead) => Located | LocateProblem;
  /** Said to whatever is asked: the connection itself was refused, and only now can it be told. */
  readonly refused?: Refused;
}

const UNDECIDABLE = 'A rule for this host depends on the path, and this path can be read in more than one way.';

const PROBLEMS: Readonly<Record<HeadProblem, string>> = {
  line: 'Lines of a request end with CR and LF.',
  start: 'The request line is not of the form that HTTP/1.1 has.',
  version: 'Only HTTP/1.1 and HTTP/1.0 are spoken here.',
  method: 'The method is none that is passed on.',
  header: 'A header line is not well formed.',
  value: 'A header has characters that must not be in it.',
  'too-many': 'The request has too many headers.',
  length: 'The length of the body is not said in one way.',
  coding: 'The transfer coding is not `chunked`.',
  both: 'The body has both a length and a transfer coding.',
};

/** What a tunnel would need, and what shows the request to whoever asks. */
const NEVER_METHODS: ReadonlySet<string> = new Set(['CONNECT', 'TRACE', 'TRACK']);

/** The next head; undefined where the connection is over, which was then told if there was anything to tell. */
export async function nextHead(session: Session, client: Client, idleMs: number): Promise<RequestHead | undefined> {
  const first = await client.inlet.nextWithin(idleMs);
  if (isInletProblem(first)) return gone(client);
  client.inlet.unread(first);
  const bytes = await client.inlet.head(HEAD_BYTES_MAX, HEAD_MS);
  if (isInletProblem(bytes)) {
    if (bytes !== 'gone') await tell({ session, client }, UNREAD[bytes]);
    return gone(client);
  }
  const head = requestHead(bytes.toString('latin1'));
  if (!isHeadProblem(head)) return head;
  await tell({ session, client }, { code: 'request.invalid', message: PROBLEMS[head] });
  return undefined;
}

const UNREAD: Readonly<Record<Exclude<InletProblem, 'gone'>, Refusal>> = {
  'too-large': { code: 'request.too-large', message: `The head of a request is at most ${HEAD_BYTES_MAX} bytes.`, status: 431 },
  timeout: { code: 'request.timeout', message: 'The head of the request did not arrive in time.' },
};

function gone({ socket }: Client): undefined {
  socket.destroy();
  return undefined;
}

export interface Asked {
  readonly session: Session;
  readonly client: Client;
  /** Absent where it could not be read. */
  readonly head?: RequestHead;
}

/** Records a refusal and says it; the connection ends. */
export async function tell(asked: Asked, refusal: Refusal, target?: EgressTarget): Promise<void> {
  await say(asked.client, asked.head, await asked.session.refuse(refusal, target));
}

export const say = (client: Client, head: RequestHead | undefined, refused: Refused): Promise<void> =>
  leave(client, refusalBytes(refused, head?.headers ?? []));

/** Serves until the connection ends. @param first a head that was read already */
export async function serveRequests(serving: Serving, first?: RequestHead): Promise<void> {
  const { session, client } = serving;
  let head = first ?? (await nextHead(session, client, HEAD_MS));
  while (head !== undefined) {
    if (!(await serveOne(serving, head))) return;
    head = await nextHead(session, client, KEEP_ALIVE_MS);
  }
}

/** @returns whether the connection may go on */
async function serveOne(serving: Serving, head: RequestHead): Promise<boolean> {
  const { session, client } = serving;
  if (serving.refused !== undefined) return over(say(client, head, serving.refused));
  const located = serving.locate(head);
  if (isLocateProblem(located)) return over(tell({ session, client, head }, locateRefusal(located)));
  const target = targetOf(serving, located, head);
  const rule = ruleForRequest(session.run.profile, matchOf(located, head));
  const problem = formProblem(session, located, head, rule);
  if (problem !== undefined) return over(tell({ session, client, head }, problem, target));
  const way = await session.way(target, rule);
  if (isRefused(way)) return over(say(client, head, way));
  const refusal = readiness(serving, head, way);
  if (refusal !== undefined) return over(tell({ session, client, head }, refusal, target));
  const armed = await arm(serving, { head, located, target, way });
  if ('code' in armed) return over(tell({ session, client, head }, armed, target));
  return pass(serving, armed);
}

interface Passing {
  readonly head: RequestHead;
  readonly located: Located;
  readonly target: EgressTarget;
  readonly way: Way;
  readonly injection: Injection | undefined;
}

async function pass(serving: Serving, { head, located, target, way, injection }: Passing): Promise<boolean> {
  const { session, client, scheme, mode } = serving;
  const startedAt = session.deps.clock.now();
  const end = await exchange({
    session,
    client,
    head,
    located,
    scheme,
    way,
    injection,
    invited: way.passage.credential?.kind.type === 'aws',
  });
  session.record(way, {
    target,
    mode,
    ...end.outcome,
    startedAt,
    durationMs: session.deps.clock.now() - startedAt,
    ...(injection === undefined ? {} : { credential: injection.name }),
  });
  return settle(serving, head, end, { target, way });
}

async function settle(
  serving: Serving,
  head: RequestHead,
  end: ExchangeEnd,
  { target, way }: Pick<Passing, 'target' | 'way'>,
): Promise<boolean> {
  const { session, client } = serving;
  if (end.refusal === undefined) {
    if (end.keep) return true;
    return over(leave(client));
  }
  // That an origin is away is an outcome of what was allowed, and no denial.
  const refused =
    end.refusal.code === 'egress.unreachable' ? failed(end.refusal, way) : await session.refuse(end.refusal, target);
  return over(end.begun ? leave(client) : say(client, head, refused));
}

const failed = ({ code, message, status }: Refusal, { passage: { decision } }: Way): Refused => ({
  denial: { kind: 'request', decision, requestId: decision, code, message, reasons: [], whyNot: [] },
  status: status ?? 502,
});

async function over(done: Promise<void>): Promise<false> {
  await done;
  return false;
}

const locateRefusal = ({ kind, message }: LocateProblem): Refusal => ({
  code: kind === 'mismatch' ? 'egress.mismatch' : 'request.invalid',
  message,
});

const targetOf = ({ scheme }: Serving, { host, port, origin }: Located, { method }: RequestHead): EgressTarget => ({
  host,
  port,
  scheme,
  method,
  path: origin.path,
});

const matchOf = (located: Located, { method }: RequestHead) => ({ ...located, method, path: located.origin.path });

/** What is refused whatever the rules say, or before they can say it. */
function formProblem(
  { run: { profile } }: Session,
  located: Located,
  head: RequestHead,
  rule: EgressRule | undefined,
): Refusal | undefined {
  if (NEVER_METHODS.has(head.method))
    return { code: 'request.unsupported', message: `The method ${head.method} is not passed on.`, status: 405 };
  if (dropsTooMuch(head.headers))
    return { code: 'request.invalid', message: 'The header `connection` names a header that a request is read by.' };
  const ambiguous = located.origin.ambiguous !== undefined && pathsRule(profile, located.host, located.port);
  if (ambiguous || (rule !== undefined && isEvasive(profile, matchOf(located, head), rule)))
    return { code: 'request.invalid', message: UNDECIDABLE };
  return overrideProblem(profile, located, head, rule !== undefined);
}

/** What an allowed request is still held to. */
function readiness({ scheme }: Serving, head: RequestHead, way: Way): Refusal | undefined {
  const { rule, credential } = way.passage;
  if (rule.decision === 'deny') return { code: 'egress.denied', message: 'The rule that holds here denies it.' };
  if (!way.turn())
    return { code: 'egress.limit', message: `This rule allows ${rule.requestsPerSecond} requests per second.`, status: 429 };
  if (wantsWebSocket(head) && !rule.websocket) return { code: 'egress.denied', message: 'No rule allows WebSocket here.' };
  if (credential !== undefined && scheme === 'http')
    return { code: 'egress.denied', message: 'A credential goes with this rule, and it is put in over TLS only. Use https.' };
  return undefined;
}

/** Puts the credential of the rule in, where it has one. */
async function arm(serving: Serving, asked: Omit<Passing, 'injection'>): Promise<Passing | Refusal> {
  const { credential } = asked.way.passage;
  if (credential === undefined) return { ...asked, injection: undefined };
  const { secrets, clock } = serving.session.deps;
  const { name, reference, kind } = credential;
  if (kind.type === 'aws') {
    const way = { head: asked.head, located: asked.located, scheme: serving.scheme };
    await invite(asked.head, serving.client);
    const made = await signed(name, reference, kind, { way, inlet: serving.client.inlet, secrets, now: clock.now() });
    return 'code' in made ? made : { ...asked, head: made.head, injection: made.injection };
  }
  const injection = injectionOf(name, reference, kind, secrets);
  if (injection === undefined) return { code: 'egress.unreachable', message: `The credential ${name} cannot be resolved.` };
  return { ...asked, injection };
}
