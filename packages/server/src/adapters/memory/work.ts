import type { ToolServerRecord } from '../../ports/registry.ts';
import type { ToolCaller } from '../../ports/tool.ts';
import type { MemoryServerDeps } from './deps.ts';
import type { Owners } from './places.ts';
import type { Rules } from './rules.ts';

/** One call that was let through, with everything that it is judged by. */
export interface Work {
  readonly deps: MemoryServerDeps;
  readonly server: ToolServerRecord;
  readonly caller: ToolCaller;
  readonly rules: Rules;
  readonly owners: Owners;
  /** The decision that granted it. */
  readonly decision: string;
}
