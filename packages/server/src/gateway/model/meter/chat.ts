/** Meter of Chat Completions. */
import { isRecord } from '@countersign/kernel/json';
import { type Meter, type Note, parseData, textBytes } from './meter.ts';
import { CHAT_NAMES, openaiUsage, type Usage } from './vector.ts';

export class ChatMeter implements Meter {
  readonly #hidesUsage: boolean;
  #usage: Usage | undefined;
  #bytes = 0;
  #finished = false;
  #id: string | undefined;

  /** @param hidesUsage the client did not ask for usage in the stream; we did */
  constructor(hidesUsage: boolean) {
    this.#hidesUsage = hidesUsage;
  }

  event(_name: string, data: string, event = parseData(data)): Note {
    // An end without a finish reason is none: withheld, so that no client takes it for success.
    if (data.trim() === '[DONE]') return this.#finished ? 'done' : 'bad';
    if (event === undefined) return 'bad';
    if (event['error'] !== undefined && event['error'] !== null) return 'failed';
    this.#identify(event['id']);
    return this.#chunk(event['choices'], event['usage']);
  }

  #identify(id: unknown): void {
    if (typeof id === 'string') this.#id ??= id.slice(0, 128);
  }

  #chunk(choices: unknown, usage: unknown): Note {
    // Some servers send usage with every chunk: the last one wins.
    if (isRecord(usage)) this.#usage = openaiUsage(usage, CHAT_NAMES) ?? this.#usage;
    if (!Array.isArray(choices)) return 'pass';
    for (const choice of choices as readonly unknown[]) this.#choice(choice);
    return this.#hidesUsage && choices.length === 0 && isRecord(usage) ? 'usage' : 'pass';
  }

  whole(body: unknown, bytes: number): boolean {
    if (!isRecord(body) || !Array.isArray(body['choices'])) return false;
    this.#finished = true;
    if (isRecord(body['usage'])) this.#usage = openaiUsage(body['usage'], CHAT_NAMES);
    this.#identify(body['id']);
    this.#bytes = bytes;
    return true;
  }

  usage(): Usage | undefined {
    return this.#usage;
  }

  complete(): boolean {
    return this.#usage !== undefined && this.#finished;
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

  #choice(choice: unknown): void {
    if (!isRecord(choice)) return;
    if (typeof choice['finish_reason'] === 'string') this.#finished = true;
    const { delta } = choice;
    if (!isRecord(delta)) return;
    this.#bytes +=
      textBytes(delta['content']) +
      textBytes(delta['reasoning_content']) +
      textBytes(delta['reasoning']) +
      textBytes(delta['refusal']);
    const calls = delta['tool_calls'];
    if (!Array.isArray(calls)) return;
    for (const call of calls as readonly unknown[])
      if (isRecord(call) && isRecord(call['function']))
        this.#bytes += textBytes(call['function']['name']) + textBytes(call['function']['arguments']);
  }
}
