/** One request at the door: who asks, in which form it is answered, and the two ways to refuse it. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { asFault, type FaultCode } from '@countersign/kernel/fault';
import type { Caller, Denial } from '../../ports/road.ts';
import { DOOR, type DoorState } from './deps.ts';
import { anthropicFace } from './face/anthropic.ts';
import type { ClientKind, ErrorAnswer, Face, UpstreamTrouble } from './face/face.ts';
import { openaiFace } from './face/openai.ts';
import { traceOf } from '../wire/claims.ts';
import { discard } from '../wire/discard.ts';
import { clientOf } from './headers.ts';
import type { FaceName } from './routes.ts';

export class DoorRequest {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly trace: string;
  readonly client: ClientKind;
  readonly face: Face;
  readonly door: DoorState;
  /** Known once identified; refusals from then on carry it. */
  caller: Caller | undefined;

  constructor(door: DoorState, req: IncomingMessage, res: ServerResponse, face: FaceName) {
    this.door = door;
    this.req = req;
    this.res = res;
    this.trace = traceOf(req);
    this.client = clientOf(req);
    this.face = face === 'anthropic' ? anthropicFace : openaiFace;
  }

  /** Records the refusal of a request that never reached a decision, and answers it. */
  async refuse(action: string, code: FaultCode, message: string): Promise<void> {
    const { caller } = this;
    this.deny(
      await this.door.road.refuse({
        door: DOOR,
        trace: this.trace,
        action,
        code,
        message,
        ...(caller === undefined ? {} : { caller }),
      }),
    );
  }

  deny(denial: Denial): void {
    this.error(this.face.denial(denial, this.client), { requestId: denial.requestId, decision: denial.decision });
  }

  trouble(trouble: UpstreamTrouble, decision: string): void {
    this.error(this.face.trouble(trouble, decision, this.client), { requestId: decision, decision });
  }

  /** A broken promise on our side: there may be no record, so the log has it. */
  fault(thrown: unknown): void {
    const fault = asFault(thrown);
    const requestId = this.door.newId('req_');
    this.door.log.error('model.door', {
      code: fault.code,
      requestId,
      trace: this.trace,
      internal: fault.internalText ?? fault.message,
    });
    const final = fault.status < 500;
    this.error(
      this.face.trouble({ status: fault.status, code: fault.code, message: fault.publicText, final }, requestId, this.client),
      {
        requestId,
      },
    );
  }

  ours(requestId: string, decision: string | undefined): Record<string, string> {
    return {
      'x-countersign-request-id': requestId,
      'request-id': requestId,
      'x-request-id': requestId,
      ...(decision === undefined ? {} : { 'x-countersign-decision': decision }),
    };
  }

  error(answer: ErrorAnswer, ids: { readonly requestId: string; readonly decision?: string }): void {
    this.json(answer.status, answer.body, { ...answer.headers, ...this.ours(ids.requestId, ids.decision) });
  }

  json(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): void {
    const { req, res } = this;
    if (res.headersSent || res.destroyed) return;
    const bytes = Buffer.from(JSON.stringify(body));
    res.writeHead(status, { ...headers, 'content-type': 'application/json', 'content-length': String(bytes.length) });
    res.end(bytes);
    if (!req.complete) discard(req);
  }
}
