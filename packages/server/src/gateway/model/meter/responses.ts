/** Meter of OpenAI Responses. */
import { isRecord } from '@countersign/kernel/json';
import { type Meter, type Note, parseData, textBytes } from './meter.ts';
import { openaiUsage, RESPONSES_NAMES, type Usage } from './vector.ts';

const TERMINAL: ReadonlySet<unknown> = new Set(['response.completed', 'response.incomplete', 'response.failed']);

export class ResponsesMeter implements Meter {
  #usage: Usage | undefined;
  #bytes = 0;
  #sequence = 0;
  #id: string | undefined;

  event(_name: string, data: string, event = parseData(data)): Note {
    if (event === undefined) return data === '[DONE]' ? 'pass' : 'bad';
    const { type, sequence_number: sequence } = event;
    if (typeof sequence === 'number' && Number.isSafeInteger(sequence)) this.#sequence = sequence + 1;
    if (typeof type !== 'string') return 'bad';
    if (type.endsWith('.delta')) {
      this.#bytes += textBytes(event['delta']);
      return 'pass';
    }
    if (type === 'error') return 'failed';
    if (type === 'response.created') this.#identify(event['response']);
    if (!TERMINAL.has(type)) return 'pass';
    this.#finish(event['response']);
    return type === 'response.failed' ? 'failed' : 'done';
  }

  whole(body: unknown, bytes: number): boolean {
    if (!isRecord(body) || !Array.isArray(body['output'])) return false;
    this.#finish(body);
    this.#bytes = bytes;
    return true;
  }

  usage(): Usage | undefined {
    return this.#usage;
  }

  complete(): boolean {
    return this.#usage !== undefined;
  }

  outputBytes(): number {
    return this.#bytes;
  }

  nextSequence(): number {
    return this.#sequence;
  }

  answerId(): string | undefined {
    return this.#id;
  }

  #identify(response: unknown): void {
    if (isRecord(response) && typeof response['id'] === 'string') this.#id = response['id'].slice(0, 128);
  }

  #finish(response: unknown): void {
    this.#identify(response);
    if (isRecord(response) && isRecord(response['usage'])) this.#usage = openaiUsage(response['usage'], RESPONSES_NAMES);
  }
}
