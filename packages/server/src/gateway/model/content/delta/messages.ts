/** Pieces in a stream of Anthropic Messages: one block after another, each with a start and a stop. */
import { ARGUMENTS, type AnswerPlace, HOSTED_ARGUMENTS, SEALED, SPOKEN } from '../answer-place.ts';
import { ALL, type Delta, type EventJson, type EventReading, isObject, NO_DELTAS, numberText, type ReadEvent } from './delta.ts';

const TEXT_KEYS = [
  ['text', SPOKEN],
  // Signed at its end: changed, it could not be sent back.
  ['thinking', SEALED],
] as const;

/** Knows which blocks are calls that the agent runs itself. */
export function messagesReader(): ReadEvent {
  const clientRun = new Set<string>();
  return (event) => {
    const index = numberText(event['index']);
    switch (event['type']) {
      case 'content_block_start':
        return readStart(event, index, clientRun);
      case 'content_block_delta':
        return readDelta(event, index, clientRun.has(index) ? ARGUMENTS : HOSTED_ARGUMENTS);
      case 'content_block_stop':
        return { deltas: [], endsBefore: (field) => field.startsWith(`${index}|`) };
      case 'message_delta':
      case 'message_stop':
      case 'error':
        return { deltas: [], endsBefore: ALL };
      default:
        return NO_DELTAS;
    }
  };
}

function readStart(event: EventJson, index: string, clientRun: Set<string>): EventReading {
  const block = event['content_block'];
  if (!isObject(block)) return NO_DELTAS;
  if (block['type'] === 'tool_use') clientRun.add(index);
  return { deltas: textsOf(block, index) };
}

function readDelta(event: EventJson, index: string, place: AnswerPlace): EventReading {
  const { delta } = event;
  if (!isObject(delta)) return NO_DELTAS;
  if (typeof delta['partial_json'] === 'string')
    return { deltas: [{ field: `${index}|partial_json`, place, parent: delta, key: 'partial_json' }] };
  return { deltas: textsOf(delta, index) };
}

const textsOf = (parent: EventJson, index: string): Delta[] =>
  TEXT_KEYS.flatMap(([key, place]) =>
    typeof parent[key] === 'string' ? [{ field: `${index}|${key}`, place, parent, key }] : [],
  );
