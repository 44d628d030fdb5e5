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
  const legacy = delta['function_call'];
  // A call follows the text: what is held of the text must not hold the call.
  if (calls.length > 0 || isObject(legacy)) over.push(...TEXTS.map(([key]) => `${at}${key}`));
  // What is said follows what was thought.
  else if (typeof delta['content'] === 'string' && delta['content'] !== '') over.push(...THOUGHTS.map((key) => `${at}${key}`));
  for (const call of calls) readCall(call, `${at}call ${numberText(call['index'])}`, deltas);
  pushArguments(legacy, { field: `${at}function`, place: ARGUMENTS, key: 'arguments' }, deltas);
}

const THOUGHTS = ['reasoning_content', 'reasoning'] as const;

function readCall(call: EventJson, field: string, deltas: Delta[]): void {
  pushArguments(call['function'], { field, place: ARGUMENTS, key: 'arguments' }, deltas);
  pushArguments(call['custom'], { field, place: SPOKEN, key: 'input' }, deltas);
}

function pushArguments(parent: unknown, delta: Omit<Delta, 'parent'>, deltas: Delta[]): void {
  if (isObject(parent) && typeof parent[delta.key] === 'string') deltas.push({ ...delta, parent });
}
