/** JSON-RPC to a server, whatever carries it. A wire knows no methods and no era. */
import { isRecord, type JsonRecord } from '@countersign/kernel/json';

/** One request on its way. */
export interface Ask {
  readonly method: string;
  readonly params: JsonRecord;
  /** The answer fails above this. */
  readonly bytesMax: number;
  /** Aborting it cancels the request at the server, in the way of the wire. */
  readonly signal: AbortSignal;
  /** Name, value, ...; for wires that have headers. */
  readonly headers?: readonly string[];
}

/** A response, with `result` or `error`. */
export interface Answer {
  readonly message: JsonRecord;
  readonly bytes: number;
  /** Of HTTP. */
  readonly status?: number;
}

/** A request or notification of the server. `ask` is there where the wire knows what it came with. */
export type Hear = (message: JsonRecord, ask: Ask | undefined) => void;

export interface Wire {
  /** @throws Failed */
  ask(ask: Ask): Promise<Answer>;
  /** Sends a notification or a response; failures are the server's to notice. */
  tell(message: JsonRecord): void;
  /** False once nothing can be sent any more. */
  readonly alive: boolean;
  close(): Promise<void>;
}

export type Heard = 'response' | 'request' | 'notification';

/** What a message is; undefined for what is no JSON-RPC 2.0. */
export function kindOf(message: unknown): Heard | undefined {
  if (!isRecord(message) || message.jsonrpc !== '2.0') return undefined;
  const hasId = typeof message.id === 'string' || typeof message.id === 'number';
  if (typeof message.method !== 'string') return isResponse(message, hasId) ? 'response' : undefined;
  if (message.params !== undefined && !isRecord(message.params)) return undefined;
  if (hasId) return 'request';
  return message.id === undefined ? 'notification' : undefined;
}

function isResponse({ id, result, error }: JsonRecord, hasId: boolean): boolean {
  if (isRecord(result)) return hasId && error === undefined;
  const isError = isRecord(error) && Number.isSafeInteger(error.code) && typeof error.message === 'string';
  // Errors about what could not be read have no id.
  return isError && result === undefined && (hasId || id === null || id === undefined);
}
