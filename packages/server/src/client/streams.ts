/** Streams as lines: NDJSON and server-sent events. */

export interface SseEvent {
  readonly event: string;
  readonly data: string;
  readonly id: string | undefined;
}

/** Longer lines are nothing of ours. */
const LINE_CHARS_MAX = 64 * 1_024 * 1_024;

/** Lines without their ends; empty lines are kept when `keepEmpty`. */
async function* allLines(response: Response): AsyncIterable<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of response.body ?? []) {
    rest += decoder.decode(chunk as Uint8Array, { stream: true });
    if (rest.length > LINE_CHARS_MAX) throw new Error('the server sends a line without an end');
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  if (rest !== '') yield rest;
}

export async function* textLines(response: Response): AsyncIterable<string> {
  for await (const line of allLines(response)) if (line.trim() !== '') yield line;
}

export async function* sseEvents(response: Response): AsyncIterable<SseEvent> {
  let [event, id, data] = ['message', undefined as string | undefined, [] as string[]];
  for await (const raw of allLines(response)) {
    const line = raw.replace(/\r$/, '');
    if (line === '') {
      if (data.length > 0) yield { event, id, data: data.join('\n') };
      [event, data] = ['message', []];
      continue;
    }
    const at = line.indexOf(':');
    const [name, value] = at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at + 1).replace(/^ /, '')];
    if (name === 'event') event = value;
    else if (name === 'id') id = value;
    else if (name === 'data') data.push(value);
  }
}
