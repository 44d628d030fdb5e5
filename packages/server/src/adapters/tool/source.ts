/** One kind of server behind the common part: places, breaker, retries, deadlines and redaction are not its concern. */
import type { ServerOffer, ToolReply } from '../../ports/tool.ts';
import type { Act } from './mcp/act.ts';
import type { Secrets } from './parts/secrets.ts';

export interface Source {
  /** One attempt. @throws Failed */
  call(act: Act, secrets: Secrets): Promise<ToolReply>;
  /** @throws Failed */
  offer(signal: AbortSignal, secrets: Secrets): Promise<ServerOffer>;
  close(): Promise<void>;
}

export type SourceState = (state: 'starting' | 'up' | 'down', internal?: string) => void;
export type Changed = (what: 'list' | 'resource', uri?: string) => void;
