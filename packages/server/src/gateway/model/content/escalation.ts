/**
 * Wishes of a model that a command leave the client's sandbox. Codex tells its hooks nothing of a wish without a reason, so an answer loses it before
 * the client sees it: the command goes on to the hooks, and runs inside. What is asked with a reason the hooks refuse, in words that teach.
 */
import { type EventJson, isObject } from './delta/delta.ts';
import { itemsOf } from './delta/responses.ts';

/** Member of a command's arguments, and the value that asks for nothing. */
const MEMBER = 'sandbox_permissions';
const INSIDE = 'use_default';
/** The name that older versions have for it. */
const OLD_MEMBER = 'with_escalated_permissions';

/**
 * Takes the wishes out of an event of a Responses stream, or out of a whole answer, in place. Pieces of arguments are left: Codex acts on whole items.
 * @returns how many there were
 */
export function keepInside(json: EventJson): number {
  const whole = json['type'] === 'response.function_call_arguments.done' ? keepCall(json) : 0;
  return itemsOf(json).reduce((count, each) => count + keepItem(each), whole);
}

/** Tools of servers have a namespace, and members of their own. */
const keepItem = (item: EventJson): number =>
  item['type'] === 'function_call' && item['namespace'] === undefined ? keepCall(item) : 0;

function keepCall(call: EventJson): number {
  const { arguments: text } = call;
  if (typeof text !== 'string') return 0;
  const args = parsed(text);
  if (args === undefined || !asks(args)) return 0;
  // Written anew, each member is there once.
  call['arguments'] = JSON.stringify({
    ...args,
    ...(MEMBER in args ? { [MEMBER]: INSIDE } : {}),
    ...(OLD_MEMBER in args ? { [OLD_MEMBER]: false } : {}),
  });
  return 1;
}

const asks = (args: EventJson): boolean =>
  (args[MEMBER] !== undefined && args[MEMBER] !== INSIDE) || (args[OLD_MEMBER] !== undefined && args[OLD_MEMBER] !== false);

/** What is no JSON is no call either: the client refuses it. */
function parsed(text: string): EventJson | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
