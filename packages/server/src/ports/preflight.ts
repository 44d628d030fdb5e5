/**
 * The hidden tool that clients' hooks call over MCP before they act. The tool door hands such a call over here and passes the answer back; what it
 * means is the hook door's business.
 */
import type { JsonRecord } from '@countersign/kernel/json';
import type { Caller } from './road.ts';

/** Name of the tool. It is in no list, so that no model sees it; hooks call it all the same. */
export const PREFLIGHT_TOOL = 'preflight';

export interface PreflightCall {
  readonly caller: Caller;
  /** Arguments of the call, as the hook's template laid them out. */
  readonly input: JsonRecord;
  /** W3C trace id. */
  readonly trace: string;
  /** Aborted when the client went away. */
  readonly signal: AbortSignal;
}

export interface Preflight {
  /** @returns the hook's answer, which the client reads from the text block. Never rejects: what goes wrong is a denial in the client's own shape. */
  answer(call: PreflightCall): Promise<JsonRecord>;
}
