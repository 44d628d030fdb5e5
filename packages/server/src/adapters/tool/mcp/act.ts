/** One attempt at a request, with what goes along. */
import type { Grant } from '../../../ports/grant.ts';
import type { ToolEvents, ToolRequest } from '../../../ports/tool.ts';

export interface Act {
  readonly grant: Grant;
  readonly request: ToolRequest;
  /** Headers of this call, name, value, ...: the idempotency key, where it travels so. */
  readonly headers: readonly string[];
  readonly events: ToolEvents;
  /** The deadline and the door's own signal in one. */
  readonly signal: AbortSignal;
}
