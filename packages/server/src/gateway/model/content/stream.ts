/**
 * A stream of an answer on its way to the agent. Events go out in their order; each with the bytes that it came with, unless something in it
 * was taken out or put back. INVARIANT: nothing goes out that could still become part of a finding.
 */
import type { StreamRedactor } from '@countersign/kernel/redact';
import type { WireFormat } from '../../../ports/registry.ts';
import { type ContentProblem, found, unscannable } from '../../wire/content-problem.ts';
import { Tally } from '../../wire/tally.ts';
import type { SseEvent } from '../relay/sse.ts';
import { ANSWER_TOP, type AnswerAbove, type AnswerPlace, answerPlace, enterAnswer } from './answer-place.ts';
import type { AnswerTerms } from './answer.ts';
import { readChat } from './delta/chat.ts';
import { type Delta, type EventJson, isObject, type ReadEvent } from './delta/delta.ts';
import { messagesReader } from './delta/messages.ts';
import { readResponses } from './delta/responses.ts';
import { Field } from './field.ts';
import { clearLogprobs } from './logprobs.ts';

/** Bytes that lie ready to go out. */
export interface Ready {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
}

interface Queued {
  readonly event: SseEvent;
  readonly json: EventJson | undefined;
  /** Pieces of it that are not final. */
  waiting: number;
  isChanged: boolean;
}

/** Bytes of events that may wait for what follows them. */
const WAITING_BYTES_MAX = 4 * 1024 * 1024;
/** Texts whose result is remembered within one stream: providers repeat at the end what they streamed. */
const KNOWN_LEAST = 8;
const TEXT_LEAST = 4;

function readerOf(format: WireFormat): ReadEvent {
  switch (format) {
    case 'responses':
      return readResponses;
    case 'chat':
      return readChat;
    case 'messages':
      return messagesReader();
  }
}

export class StreamContent {
  readonly tally: Tally;
  readonly #terms: AnswerTerms;
  readonly #read: ReadEvent;
  readonly #queue: Queued[] = [];
  readonly #fields = new Map<string, { readonly field: Field; readonly place: AnswerPlace }>();
  readonly #known = new Map<string, string>();
  #bytes = 0;
  #problem: ContentProblem | undefined;

  constructor(terms: AnswerTerms, format: WireFormat) {
    this.#terms = terms;
    this.#read = readerOf(format);
    this.tally = new Tally(terms.rules, terms.place);
  }

  /** Set once nothing more may go out, not even what waits. */
  get problem(): ContentProblem | undefined {
    return this.#problem;
  }

  /**
   * @param json the parsed data; undefined where the event has none, or it is no object
   * @param isChanged whether it is no longer what the event's bytes say
   */
  push(event: SseEvent, json: EventJson | undefined, isChanged = false): void {
    const queued: Queued = { event, json, waiting: 0, isChanged };
    if (json === undefined) {
      if (event.data !== undefined) this.#endFields(() => true);
    } else this.#take(queued, json);
    this.#queue.push(queued);
    this.#bytes += event.end - event.start;
    if (this.#bytes > WAITING_BYTES_MAX) this.#problem ??= unscannable('answer');
    const { denial } = this.tally;
    if (denial !== undefined) this.#problem ??= found('answer', denial);
  }

  /** Everything that is final, in order. */
  drain(): readonly Ready[] {
    if (this.#problem !== undefined) return [];
    const ready: Ready[] = [];
    let count = 0;
    for (const queued of this.#queue) {
      if (queued.waiting > 0) break;
      count += 1;
      this.#bytes -= queued.event.end - queued.event.start;
      ready.push(queued.isChanged ? rewritten(queued) : queued.event);
    }
    if (count > 0) this.#queue.splice(0, count);
    return ready;
  }

  /** No event follows: what waits is final now. Also for streams that fail or are cancelled. */
  end(): void {
    this.#endFields(() => true);
  }

  #take(queued: Queued, json: EventJson): void {
    const { deltas, endsBefore, endsAfter } = this.#read(json);
    if (endsBefore !== undefined) this.#endFields(endsBefore);
    for (const delta of deltas) this.#delta(queued, delta);
    this.#rest(queued, json, deltas);
    if (endsAfter !== undefined) this.#endFields(endsAfter);
  }

  #delta(queued: Queued, { field: name, place, parent, key }: Delta): void {
    const text = String(parent[key]);
    let known = this.#fields.get(name);
    if (known === undefined) this.#fields.set(name, (known = { field: new Field(this.#redactor(place)), place }));
    const { field } = known;
    const isSealed = this.#isSealed(place);
    // What cannot be changed need not wait, unless it may be denied.
    const waits = isSealed && !this.#terms.rules.denies(this.#terms.place) ? 0 : 1;
    queued.waiting += waits;
    field.push(text, {
      settle: (out) => {
        queued.waiting -= waits;
        if (out === undefined || isSealed) return;
        parent[key] = out;
        queued.isChanged = true;
      },
    });
    this.#count(field, isSealed);
  }

  /** Signed text is only read; in records nothing depends on its signature. */
  #isSealed(place: AnswerPlace): boolean {
    return place.mode === 'sealed' && this.#terms.place !== 'records';
  }

  #redactor({ mode, restores }: AnswerPlace): StreamRedactor {
    const { scanner, profile, values } = this.#terms;
    const restored = restores && values.size > 0 ? values : undefined;
    return mode === 'json' ? scanner.jsonStream(profile, restored) : scanner.stream(profile, restored);
  }

  #count(field: Field, isSealed: boolean): void {
    for (const finding of field.news()) {
      // Signed text cannot be changed. It is passed on and counted, unless such findings are denied.
      const { rules, place } = this.#terms;
      const isDenied = rules.action(place, finding.kind) === 'deny';
      this.tally.add(finding, isSealed && !isDenied ? rules.search(place) : this.#terms.profile, isSealed && isDenied);
    }
    if (field.isUnscannable) this.#problem ??= unscannable('answer');
  }

  #endFields(which: (field: string) => boolean): void {
    for (const [name, { field, place }] of this.#fields) {
      if (!which(name)) continue;
      this.#fields.delete(name);
      const isSealed = this.#isSealed(place);
      field.end();
      this.#count(field, isSealed);
      if (!isSealed && field.original.length >= KNOWN_LEAST) this.#known.set(knownKey(place, field.original), field.out);
    }
  }

  /** Every other string of the event, each as a whole. */
  #rest(queued: Queued, json: EventJson, deltas: readonly Delta[]): void {
    const isTaken = (parent: EventJson, key: string): boolean =>
      deltas.some((delta) => delta.parent === parent && delta.key === key);
    const visit = (value: EventJson, key: string, above: AnswerAbove): void => {
      const here = enterAnswer(value as never, key, above);
      for (const name of Object.keys(value)) {
        const member = value[name];
        if (name === 'logprobs' || isTaken(value, name)) continue;
        if (typeof member === 'string') this.#whole(queued, { holder: value, at: name, parent: value, key: name }, here);
        else if (Array.isArray(member)) items(member as unknown[], value, name, here);
        else if (isObject(member)) visit(member, name, here);
      }
    };
    const items = (list: unknown[], parent: EventJson, key: string, above: AnswerAbove): void => {
      list.forEach((item, at) => {
        if (typeof item === 'string') this.#whole(queued, { holder: list, at, parent, key }, above);
        else if (Array.isArray(item)) items(item as unknown[], parent, key, above);
        else if (isObject(item)) visit(item, key, above);
      });
    };
    visit(json, '', ANSWER_TOP);
  }

  #whole(queued: Queued, { holder, at, parent, key }: Holding, above: AnswerAbove): void {
    const text = String((holder as Record<string | number, unknown>)[at]);
    if (text.length < TEXT_LEAST) return;
    const place = answerPlace({ text, parent: parent as never, key }, above);
    if (place.mode === 'skip') return;
    const out = this.#batch(text, place);
    if (out === text || this.#isSealed(place)) return;
    (holder as Record<string | number, unknown>)[at] = out;
    queued.isChanged = true;
  }

  #batch(text: string, place: AnswerPlace): string {
    const name = knownKey(place, text);
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const field = new Field(this.#redactor(place));
    field.push(text, { settle: () => undefined });
    field.end();
    this.#count(field, this.#isSealed(place));
    this.#known.set(name, field.out);
    return field.out;
  }
}

interface Holding {
  readonly holder: EventJson | unknown[];
  readonly at: string | number;
  readonly parent: EventJson;
  readonly key: string;
}

const knownKey = ({ mode, restores }: AnswerPlace, text: string): string => `${mode}${restores ? '+' : '-'}${text}`;

function rewritten({ event, json }: Queued): Ready {
  if (json !== undefined) clearLogprobs(json);
  const name = event.name === '' ? '' : `event: ${event.name}\n`;
  const bytes = Buffer.from(`${name}data: ${JSON.stringify(json)}\n\n`);
  return { bytes, start: 0, end: bytes.length };
}
