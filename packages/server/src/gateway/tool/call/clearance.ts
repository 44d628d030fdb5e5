/** Who reads what: arguments go to a server, answers and questions to an agent, and each may see data up to a class. */
import type { DataClass, ToolServerRecord } from '../../../ports/registry.ts';
import type { Caller } from '../../../ports/road.ts';
import { mandateClass } from '../../wire/mandate-class.ts';
import { lowestClass } from '../../wire/scan-rules.ts';
import type { DoorState } from '../deps.ts';

const classOf = (caller: Caller): DataClass => lowestClass([caller.agent.dataClass, mandateClass(caller)]);

/** The door for this caller and server: its inspector knows who will read. */
export function cleared<D extends Pick<DoorState, 'inspector'>>(door: D, caller: Caller, server: ToolServerRecord): D {
  const { inspector } = door;
  if (inspector === undefined) return door;
  const agent = classOf(caller);
  return {
    ...door,
    inspector: {
      inspect: (text, place) => inspector.inspect(text, place, place === 'argument' ? server.maxDataClass : agent),
    },
  };
}
