/** What the adapter is given. */
import type { Clock } from '../../ports/clock.ts';
import type { Grant } from '../../ports/grant.ts';
import type { Log } from '../../ports/log.ts';
import type { ToolServerRecord } from '../../ports/registry.ts';
import type { ServerOffer, ToolReply, ToolRequest } from '../../ports/tool.ts';
import type { BreakerTerms } from '../shared/breaker.ts';
import type { Environment } from '../shared/credential.ts';
import type { Limits } from './parts/limits.ts';
import type { Resolve } from './wire/http/dial.ts';

/** Servers of kind `memory`: tools that this process itself has. */
export interface InProcess {
  /** Must not reject but for a grant that does not fit. */
  call(grant: Grant, request: ToolRequest): Promise<ToolReply>;
  offer(server: ToolServerRecord): Promise<ServerOffer>;
}

export interface ToolUpstreamsDeps {
  readonly clock: Clock;
  readonly environment: Environment;
  readonly log: Log;
  /** Ours, told to servers. */
  readonly version: string;
  /** From 0 to 1, exclusive; for jitter only. */
  readonly random: () => number;
  readonly inProcess: InProcess;
  readonly breaker?: BreakerTerms;
  readonly limits?: Partial<Limits>;
  /** Addresses of names; the system's look-up unless given. */
  readonly resolve?: Resolve;
}
