/** Meter of Anthropic Messages. */
import { isRecord } from '@countersign/kernel/json';
import { type Meter, type Note, parseData, textBytes } from './meter.ts';
import { addMessagesUsage, messagesUsage, noMessagesCount, type Usage } from './vector.ts';

export class MessagesMeter implements Meter {
  readonly #count = noMessagesCount();
  #bytes = 0;
  #hasOutput = false;
  #id: string | undefined;

  event(name: string, data: string, event = parseData(data)): Note {
    if (event === undefined) return 'bad';
    switch (event['type'] ?? name) {
      case 'content_block_delta':
        this.#delta(event['delta']);
        return 'pass';
      case 'message_start':
        this.#start(event['message']);
        return 'pass';
      case 'message_delta':
        addMessagesUsage(this.#count, recordOf(event['usage']));
        this.#hasOutput ||= isRecord(event['usage']);
        return 'pass';
      case 'message_stop':
        return 'done';
      case 'error':
        return 'failed';
      default:
        return 'pass';
    }
  }

  whole(body: unknown, bytes: number): boolean {
    if (!isRecord(body) || !Array.isArray(body['content'])) return false;
    this.#start(body);
    this.#hasOutput = isRecord(body['usage']);
    this.#bytes = bytes;
    return true;
  }

  usage(): Usage | undefined {
    return messagesUsage(this.#count);
  }

  complete(): boolean {
    return this.#hasOutput;
  }

  outputBytes(): number {
    return this.#bytes;
  }

  nextSequence(): number {
    return 0;
  }

  answerId(): string | undefined {
    return this.#id;
  }

  #start(message: unknown): void {
    if (!isRecord(message)) return;
    if (typeof message['id'] === 'string') this.#id = message['id'].slice(0, 128);
    addMessagesUsage(this.#count, message['usage']);
  }

  #delta(delta: unknown): void {
    if (isRecord(delta))
      this.#bytes += textBytes(delta['text']) + textBytes(delta['thinking']) + textBytes(delta['partial_json']);
  }
}

const recordOf = (value: unknown) => (isRecord(value) ? value : undefined);
