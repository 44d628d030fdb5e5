/** Pieces in a stream of OpenAI Responses. Every `.delta` has a `.done` of the same name, which repeats the whole text. */
import { RESPONSES_PLACES, TEXT } from '../answer-place.ts';
import { ALL, type EventJson, type EventReading, isObject, NO_DELTAS, numberText, objects } from './delta.ts';

const TERMINAL: ReadonlySet<unknown> = new Set(['response.completed', 'response.incomplete', 'response.failed', 'error']);

export function readResponses(event: EventJson): EventReading {
  const { type } = event;
  if (typeof type !== 'string') return NO_DELTAS;
  if (type.endsWith('.delta')) {
    const name = type.slice(0, -'.delta'.length);
    // Sound in base 64; its transcript has a name of its own.
    if (typeof event['delta'] !== 'string' || name === 'response.audio') return NO_DELTAS;
    return { deltas: [{ field: fieldOf(name, event), place: RESPONSES_PLACES[name] ?? TEXT, parent: event, key: 'delta' }] };
  }
  if (TERMINAL.has(type)) return { deltas: [], endsBefore: ALL };
  if (type === 'response.output_item.done') {
    const item = `|${numberText(event['output_index'])}|`;
    return { deltas: [], endsBefore: (field) => field.includes(item) };
  }
  if (!type.endsWith('.done')) return NO_DELTAS;
  const ended = fieldOf(type.slice(0, -'.done'.length), event);
  return { deltas: [], endsBefore: (field) => field === ended };
}

const fieldOf = (name: string, event: EventJson): string =>
  `${name}|${numberText(event['output_index'])}|${numberText(event['content_index'] ?? event['summary_index'])}`;

/** Items that stand whole in an event of a stream, or in a whole answer. */
export function itemsOf({ item, response, output }: EventJson): readonly EventJson[] {
  return [...(isObject(item) ? [item] : []), ...objects(output), ...(isObject(response) ? objects(response['output']) : [])];
}
