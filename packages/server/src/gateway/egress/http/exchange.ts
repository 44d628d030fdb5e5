/** One request to its origin and the answer back. The bodies of both pass at the same time: an origin may answer before it has heard all. */
import type { EgressOutcome } from '../../../ports/egress-gate.ts';
import type { DialTarget } from '../../../ports/egress-upstream.ts';
import { corkForNow, isInletProblem, write } from '../flow/inlet.ts';
import { isLane, type Lane } from '../flow/lanes.ts';
import type { Flow } from '../flow/meter.ts';
import { tunnel } from '../flow/tunnel.ts';
import type { Way } from '../passages.ts';
import type { Refusal } from '../refusal.ts';
import { Mask } from '../secret/mask.ts';
import type { Session } from '../session.ts';
import { type BodyProblem, passBody } from './body.ts';
import type { Client } from './client.ts';
import { isHeadProblem, listOf, type RequestHead, type ResponseHead, responseHead } from './head.ts';
import { keepsAlive } from './headers.ts';
import { answerBytes, answerPlan, requestBytes, type RequestWay, searches, upgradeBytes, wantsWebSocket } from './passing.ts';

const ANSWER_HEAD_BYTES_MAX = 64 * 1_024;
/** Slow origins are slow; a model that thinks before it speaks is slower. */
const ANSWER_MS = 10 * 60_000;
const BODY_IDLE_MS = 5 * 60_000;
/** For the rest of a request whose answer is there already. */
const LATE_UPLOAD_MS = 30_000;
/** Heads that come before the real one. */
const INTERIM_MAX = 16;

export interface ExchangeTerms extends RequestWay {
  readonly session: Session;
  readonly client: Client;
  readonly way: Way;
  /** The client was asked for its body before. */
  readonly invited: boolean;
}

export interface ExchangeEnd {
  /** The client's connection may carry another request. */
  readonly keep: boolean;
  readonly refusal?: Refusal;
  /** Some of the answer is out, so that nothing else can be told. */
  readonly begun: boolean;
  readonly outcome: Pick<EgressOutcome, 'end' | 'address' | 'status' | 'code' | 'uploadBytes' | 'downloadBytes'>;
}

/** @property lane the connection to the origin may carry another request */
type TurnEnd = ExchangeEnd & { readonly lane?: boolean };

interface Parts {
  readonly address?: string;
  readonly status?: number;
}

const UNREACHABLE: Refusal = { code: 'egress.unreachable', message: 'The origin closed the connection without an answer.' };
const GARBAGE: Refusal = { code: 'egress.unreachable', message: 'The origin sent something that is not plain HTTP/1.1.' };
const SLOW: Refusal = { code: 'egress.unreachable', message: 'The origin did not answer in time.', status: 504 };
const UPLOAD_CAP: Refusal = { code: 'egress.limit', message: 'That is more than this run may upload here.', status: 413 };
const GARBLED: Refusal = {
  code: 'request.invalid',
  message: 'The body of the request is not chunked in the one way that is read here.',
};
const STALLED: Refusal = { code: 'request.timeout', message: 'The body of the request did not arrive in time.' };
const DOWNLOAD_CAP: Refusal = { code: 'egress.limit', message: 'That is more than this run may download here.' };
const TUNNEL_CAP: Refusal = { code: 'egress.limit', message: 'That is more than this run may send or receive here.' };
const ENCODED: Refusal = {
  code: 'data.unscannable',
  message: 'The answer to a request with a credential of ours came compressed, so it could not be searched for it.',
};

/** May be sent again where nobody knows whether it arrived. */
const REPEATABLE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

export async function exchange(terms: ExchangeTerms): Promise<ExchangeEnd> {
  const { session, way, located, scheme, head } = terms;
  const flow = way.flow();
  if (head.framing.kind === 'length' && !flow.fits('up', head.framing.bytes)) return ended(flow, {}, UPLOAD_CAP);
  const to: DialTarget = { host: located.host, port: located.port, private: way.isPrivate, tls: scheme === 'https' };
  const repeatable = REPEATABLE.has(head.method) && head.framing.kind === 'none';
  for (const fresh of repeatable ? [false, true] : [true]) {
    const lane = await session.lanes.take(way.passage.grant, to, fresh);
    if (!isLane(lane)) return ended(flow, {}, { code: lane.code, message: lane.message });
    const end = await new Turn(terms, flow, lane).run();
    if (end === 'stale') continue;
    if (end.lane === true) session.lanes.give(to, lane);
    else lane.socket.destroy();
    return end;
  }
  return ended(flow, {}, UNREACHABLE);
}

function ended(flow: Flow, parts: Parts, refusal?: Refusal): ExchangeEnd {
  const { uploadBytes, downloadBytes } = flow.own;
  const bytes = { uploadBytes, downloadBytes };
  if (refusal === undefined) return { keep: false, begun: true, outcome: { end: 'failed', ...parts, ...bytes } };
  const end = refusal.code === 'egress.unreachable' ? 'failed' : 'refused';
  return { keep: false, begun: false, refusal, outcome: { end, code: refusal.code, ...parts, ...bytes } };
}

/** One request on one connection to the origin. */
class Turn {
  readonly #terms: ExchangeTerms;
  readonly #flow: Flow;
  readonly #lane: Lane;
  #capped: Refusal | undefined;
  #uploaded: 'done' | BodyProblem | undefined;
  #uploading: Promise<void> = Promise.resolve();

  constructor(terms: ExchangeTerms, flow: Flow, lane: Lane) {
    this.#terms = terms;
    this.#flow = flow;
    this.#lane = lane;
  }

  /** @returns `stale` where the origin had closed a kept connection before it saw the request */
  async run(): Promise<TurnEnd | 'stale'> {
    const { client, way } = this.#terms;
    const { socket } = this.#lane;
    const onClose = (): void => {
      socket.destroy();
    };
    client.socket.on('close', onClose);
    if (client.socket.destroyed) onClose();
    way.hold(socket);
    try {
      return await this.#exchange();
    } finally {
      way.release(socket);
      client.socket.off('close', onClose);
    }
  }

  async #exchange(): Promise<TurnEnd | 'stale'> {
    const bytes = requestBytes(this.#terms);
    if (!this.#count('up', bytes.length)) return this.#end({}, this.#capped);
    const sent = await write(this.#lane.socket, bytes);
    if (sent) {
      if (!this.#terms.invited) await invite(this.#terms.head, this.#terms.client);
      this.#uploading = this.#upload();
    }
    const answer = sent ? await this.#answer() : UNREACHABLE;
    if ('code' in answer) return this.#isStale(answer) ? 'stale' : this.#end({}, this.#capped ?? this.#broken() ?? answer);
    return answer.status === 101 ? this.#upgraded(answer) : this.#download(answer);
  }

  #isStale(answer: Refusal): boolean {
    const silent = answer === UNREACHABLE && this.#flow.own.downloadBytes === 0;
    return silent && this.#lane.used && !this.#terms.way.isCut && !this.#terms.client.socket.destroyed;
  }

  async #upload(): Promise<void> {
    const { client, head } = this.#terms;
    this.#uploaded = await passBody({
      from: client.inlet,
      framing: head.framing,
      to: this.#lane.socket,
      framed: head.framing.kind === 'chunked' ? 'chunked' : 'as-is',
      count: (bytes) => this.#count('up', bytes),
      idleMs: BODY_IDLE_MS,
    });
    // Half a request must not reach the origin as a whole one.
    if (this.#uploaded !== 'done') this.#lane.socket.destroy();
  }

  /** That there is no answer because of the request itself, and not of the origin. */
  #broken(): Refusal | undefined {
    if (this.#uploaded === 'garbled') return GARBLED;
    return this.#uploaded === 'timeout' ? STALLED : undefined;
  }

  /** The final head; what is said before it stays here. */
  async #answer(): Promise<ResponseHead | Refusal> {
    for (let interim = 0; interim <= INTERIM_MAX; interim++) {
      const bytes = await this.#lane.inlet.head(ANSWER_HEAD_BYTES_MAX, ANSWER_MS);
      if (isInletProblem(bytes)) return bytes === 'timeout' ? SLOW : bytes === 'too-large' ? GARBAGE : UNREACHABLE;
      if (!this.#count('down', bytes.length + 4)) return DOWNLOAD_CAP;
      const head = responseHead(bytes.toString('latin1'));
      if (isHeadProblem(head)) return GARBAGE;
      if (head.status === 101) return wantsWebSocket(this.#terms.head) ? head : GARBAGE;
      if (head.status >= 200) return this.#judged(head);
    }
    return GARBAGE;
  }

  #judged(head: ResponseHead): ResponseHead | Refusal {
    if (!searches(this.#terms.injection)) return head;
    return listOf(head.headers, 'content-encoding').every((coding) => coding === 'identity') ? head : ENCODED;
  }

  async #download(answer: ResponseHead): Promise<TurnEnd> {
    const { head, client, injection } = this.#terms;
    const parts: Parts = { status: answer.status };
    const plan = answerPlan(head, answer);
    const { framing } = plan;
    if (framing.kind === 'length' && !this.#flow.fits('down', framing.bytes)) return this.#end(parts, DOWNLOAD_CAP);
    corkForNow(client.socket);
    if (!(await write(client.socket, answerBytes(head, answer, plan, injection)))) return this.#end(parts);
    const end = await passBody({
      from: this.#lane.inlet,
      framing,
      to: client.socket,
      framed: plan.framed,
      count: (bytes) => this.#count('down', bytes),
      ...(searches(injection) ? { change: new Mask(injection.needles) } : {}),
      idleMs: BODY_IDLE_MS,
    });
    if (end !== 'done') {
      // The client must see that this is not all.
      client.socket.destroy();
      return { ...this.#end(parts, this.#capped), begun: true };
    }
    // The answer may come before the origin has read all of the request, and it may still want the rest.
    if (this.#uploaded === undefined) await within(this.#uploading, LATE_UPLOAD_MS);
    const whole = this.#uploaded === 'done';
    const lane = whole && keepsAlive(answer) && framing.kind !== 'close';
    return { ...this.#done(parts), keep: whole && plan.keep, lane };
  }

  /** From here on the bytes are the two sides' own. */
  async #upgraded(answer: ResponseHead): Promise<ExchangeEnd> {
    const { client, injection } = this.#terms;
    await write(client.socket, upgradeBytes(answer, injection));
    const end = await tunnel({
      client: client.socket,
      upstream: this.#lane.socket,
      flow: this.#flow,
      ahead: { up: client.inlet.release(), down: this.#lane.inlet.release() },
      ...(searches(injection) ? { change: new Mask(injection.needles) } : {}),
    });
    const parts: Parts = { status: 101 };
    if (end === 'done') return this.#done(parts);
    return { ...this.#end(parts, end === 'cap' ? TUNNEL_CAP : undefined), begun: true };
  }

  #count(direction: 'up' | 'down', bytes: number): boolean {
    if (this.#flow.count(direction, bytes)) return true;
    this.#capped = direction === 'up' ? UPLOAD_CAP : DOWNLOAD_CAP;
    this.#lane.socket.destroy();
    return false;
  }

  #end(parts: Parts, refusal?: Refusal): ExchangeEnd {
    return ended(this.#flow, { address: this.#lane.address, ...parts }, refusal);
  }

  #done(parts: Parts): ExchangeEnd {
    const end = this.#end(parts);
    return { ...end, outcome: { ...end.outcome, end: 'done' } };
  }
}

async function within(work: Promise<void>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((done) => {
    timer = setTimeout(done, ms);
  });
  await Promise.race([work, late]);
  clearTimeout(timer);
}

/** A client that waits to be asked for its body is asked by the door: the origin cannot tell it apart. */
export async function invite(head: RequestHead, client: Client): Promise<void> {
  if (head.minor === 1 && listOf(head.headers, 'expect').includes('100-continue')) await write(client.socket, CONTINUE);
}

const CONTINUE = Buffer.from('HTTP/1.1 100 Continue\r\n\r\n');
