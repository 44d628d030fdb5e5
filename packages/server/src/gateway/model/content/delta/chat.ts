/** Pieces in a stream of Chat Completions: those of several choices, and of several calls in each, may be mixed. */
import { ARGUMENTS, SPOKEN, TEXT } from '../answer-place.ts';
import { type Delta, type EventJson, type EventReading, isObject, numberText, objects } from './delta.ts';

const TEXTS = [
  ['content', SPOKEN],
  ['refusal', SPOKEN],
  ['reasoning_content', TEXT],
  ['reasoning', TEXT],
] as const;

export function readChat(event: EventJson): EventReading {
  const deltas: Delta[] = [];
  const over: string[] = [];
  const finished: string[] = [];
  for (const choice of objects(event['choices'])) {
    const at = `${numberText(choice['index'])}|`;
    const { delta } = choice;
    if (isObject(delta)) readDelta(delta, at, deltas, over);
    if (typeof choice['finish_reason'] === 'string') finished.push(at);
  }
  return {
    deltas,
    endsBefore: (field) => over.includes(field),
    endsAfter: (field) => finished.some((at) => field.startsWith(at)),
  };
}

function readDelta(delta: EventJson, at: string, deltas: Delta[], over: string[]): void {
  for (const [key, place] of TEXTS)
    if (typeof delta[key] === 'string') deltas.push({ field: `${at}${key}`, place, parent: delta, key });
  const calls = objects(delta['tool_calls']);
  // A call follows the text: what is held of the text must not hold the call.
  if (calls.length > 0 || isObject(delta['function_call'])) for (const [key] of TEXTS) over.push(`${at}${key}`);
  // What is said follows what was thought.
  else if (typeof delta['content'] === 'string' && delta['content'] !== '') over.push(`${at}reasoning_content`, `${at}reasoning`);
  for (const call of calls) {
    const field = `${at}call ${numberText(call['index'])}`;
    for (const [holder, key, place] of [
      ['function', 'arguments', ARGUMENTS],
      ['custom', 'input', SPOKEN],
    ] as const) {
      const parent = call[holder];
      if (isObject(parent) && typeof parent[key] === 'string') deltas.push({ field, place, parent, key });
    }
  }
  const legacy = delta['function_call'];
  if (isObject(legacy) && typeof legacy['arguments'] === 'string')
    deltas.push({ field: `${at}function`, place: ARGUMENTS, parent: legacy, key: 'arguments' });
}
