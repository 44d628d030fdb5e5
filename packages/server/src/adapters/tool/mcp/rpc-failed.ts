/** An error that the server answered a request of our own with. */
import type { JsonRecord } from '@countersign/kernel/json';
import { Failed } from '../failed.ts';
import type { Answer } from '../wire/wire.ts';
import { errorOf, resultOf } from './reply.ts';

export class RpcFailed extends Failed {
  readonly code: number;
  readonly data: unknown;
  readonly status: number | undefined;

  constructor(error: JsonRecord, status: number | undefined) {
    super('garbage', `JSON-RPC error ${Number(error.code)}`, { sent: true, answered: true });
    this.code = Number(error.code);
    this.data = error.data;
    this.status = status;
  }
}

/** @throws RpcFailed */
export function resultOrThrow(answer: Answer): JsonRecord {
  const result = resultOf(answer);
  if (result !== undefined) return result;
  throw new RpcFailed(errorOf(answer) ?? {}, answer.status);
}
