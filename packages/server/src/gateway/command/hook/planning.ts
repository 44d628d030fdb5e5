/** What a tool call of a client asks of the road. */
import type { FaultCode } from '@countersign/kernel/fault';
import type { JsonRecord } from '@countersign/kernel/json';
import type { BundleSnapshot } from '../../../ports/registry.ts';
import type { Ask, Caller } from '../../../ports/road.ts';
import type { CommandCall } from '../judge/index.ts';
import type { HookCall } from './call.ts';

export type Plan =
  | { readonly kind: 'refused'; readonly code: FaultCode; readonly message: string; readonly action: string }
  /** All of them must be allowed. `meaning`: the request as we read it. */
  | { readonly kind: 'asks'; readonly asks: readonly Ask[]; readonly meaning: JsonRecord }
  /** For the judge of commands. */
  | { readonly kind: 'command'; readonly judged: CommandCall; readonly meaning: JsonRecord }
  /** Decided at another door of ours. */
  | { readonly kind: 'elsewhere'; readonly meaning: JsonRecord };

export interface Planning {
  readonly call: HookCall;
  readonly caller: Caller;
  readonly snapshot: BundleSnapshot;
  /** Where the session works, absolute; undefined where nobody said but the model. */
  readonly root: string | undefined;
  readonly trace: string;
  readonly exposes: (tool: string) => boolean;
}

export const refuse = (code: FaultCode, message: string, action = 'hook.request'): Plan => ({
  kind: 'refused',
  code,
  message,
  action,
});
