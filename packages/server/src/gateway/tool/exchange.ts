/** One HTTP request at the door: who asks, how the answer goes out, and the ways to refuse it before there is a decision. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { asFault, FAULTS, type FaultCode } from '@countersign/kernel/fault';
import type { JsonRecord } from '@countersign/kernel/json';
import type { Caller, Denial } from '../../ports/road.ts';
import { type Claims, traceOf } from '../wire/claims.ts';
import { discard } from '../wire/discard.ts';
import { DOOR, type DoorState } from './deps.ts';
import { denialError } from './denial.ts';
import { challenge } from './metadata.ts';
import { Answer, type RpcError } from './rpc/answer.ts';
import type { RequestId } from './rpc/message.ts';

interface Refusing {
  /** Of HTTP, where it is not the fault's own. */
  readonly status?: number;
  /** Code of the JSON-RPC error, where it is not the status. */
  readonly rpc?: number;
  /** Further members of the error's data. */
  readonly more?: JsonRecord;
}

export class Exchange {
  readonly door: DoorState;
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  /** W3C trace id: of the header, or of the message that is the body. */
  trace: string;
  /** Of the JSON-RPC request, once it is known. */
  id: RequestId | null = null;
  caller: Caller | undefined;
  claims: Claims | undefined;

  constructor(door: DoorState, req: IncomingMessage, res: ServerResponse) {
    this.door = door;
    this.req = req;
    this.res = res;
    this.trace = traceOf(req);
  }

  /** Who asks; doors serve nobody else. */
  get known(): Caller {
    if (this.caller === undefined) throw new Error('nobody was identified');
    return this.caller;
  }

  answer(): Answer {
    return new Answer(this.res, this.id, /text\/event-stream|\*\/\*/.test(this.req.headers.accept ?? '*/*'));
  }

  /** Records the refusal of a request that never reached a decision. */
  record(code: FaultCode, message: string, action = 'tool.request'): Promise<Denial> {
    const { caller } = this;
    return this.door.road.refuse({
      door: DOOR,
      trace: this.trace,
      action,
      code,
      message,
      ...(caller === undefined ? {} : { caller }),
    });
  }

  /** Records it and answers with an HTTP status, as for everything that is wrong with the request itself. */
  async refuse(code: FaultCode, message: string, over: Refusing = {}): Promise<void> {
    const denial = await this.record(code, message);
    const status = over.status ?? FAULTS[code].status;
    const error = denialError(denial, over.rpc ?? status, over.more);
    this.error(error, status, status === 401 ? { 'www-authenticate': challenge(this.door, true) } : headersOf(denial));
  }

  /** A credential that is missing or wrong: says where one can be had. */
  unauthorized(denial: Denial): void {
    const status = denial.code in FAULTS ? FAULTS[denial.code as FaultCode].status : 401;
    const presented = this.req.headers.authorization !== undefined;
    const headers = status === 401 ? { 'www-authenticate': challenge(this.door, presented) } : {};
    this.error(denialError(denial, status), status, headers);
  }

  error(error: RpcError, status: number, headers: Readonly<Record<string, string>> = {}): void {
    const answer = this.answer();
    for (const [name, value] of Object.entries(headers)) answer.header(name, value);
    answer.error(error, status);
    if (!this.req.complete) discard(this.req);
  }

  /** A broken promise on our side: there may be no record, so the log has it. */
  fault(thrown: unknown): void {
    const fault = asFault(thrown);
    const requestId = this.door.newId('req');
    this.door.log.error('tool.door', {
      code: fault.code,
      requestId,
      trace: this.trace,
      internal: fault.internalText ?? fault.message,
    });
    if (this.res.headersSent) return void this.res.end();
    const message = `Countersign: ${fault.publicText} [${fault.code}, request ${requestId}]`;
    this.error({ code: fault.status, message, data: { code: fault.code, requestId } }, fault.status);
  }

  /** An answer without a body, or a plain one. */
  plain(status: number, headers: Readonly<Record<string, string>> = {}): void {
    if (this.res.headersSent || this.res.destroyed) return;
    this.res.writeHead(status, { ...headers, 'content-length': '0', 'cache-control': 'no-store' }).end();
    if (!this.req.complete) discard(this.req);
  }
}

function headersOf({ retryAfterMs, code }: Denial): Record<string, string> {
  if (retryAfterMs !== undefined) return { 'retry-after': String(Math.ceil(retryAfterMs / 1_000)) };
  return code === 'request.rate-limited' ? { 'retry-after': '1' } : {};
}
