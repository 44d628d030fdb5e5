/** The class that a mandate was issued for. */
import { DATA_CLASSES, type DataClass } from '../../ports/registry.ts';
import type { Caller } from '../../ports/road.ts';

/** Undefined without a mandate, or where it names none of ours. */
export function mandateClass(caller: Caller): DataClass | undefined {
  const named = caller.mandate?.dataClass;
  return DATA_CLASSES.find((one) => one === named);
}
