/** What is done to one answer: on its way to the agent, and for its record. */
import { NO_MARKS, type TaskMarks } from '../../../ports/marks.ts';
import type { WireFormat } from '../../../ports/registry.ts';
import type { Scanner } from '../../../ports/scanner.ts';
import type { ContentProblem } from '../../wire/content-problem.ts';
import { isProblem, type ParsedBody, parseBody } from '../../wire/parse.ts';
import type { ScanRules } from '../../wire/scan-rules.ts';
import type { Tally } from '../../wire/tally.ts';
import { type EventJson, parseData } from '../meter/index.ts';
import type { SseEvent } from '../relay/sse.ts';
import { type AnswerTerms, readAnswer } from './answer.ts';
import { guardPrograms } from './code-mode.ts';
import { keepInside } from './escalation.ts';
import { type Ready, StreamContent } from './stream.ts';

export interface CallContentTerms {
  readonly scanner: Scanner;
  readonly rules: ScanRules;
  readonly format: WireFormat;
  readonly values: ReadonlyMap<string, string>;
  /** Keep the answer for its record, redacted for that. */
  readonly keep: boolean;
  /**
   * Take out wishes that a command leave the client's sandbox, of an answer in OpenAI's Responses form; `programs`: tools whose input is a program,
   * see `code-mode.ts`. Undefined: leave them.
   */
  readonly inside: { readonly programs: ReadonlySet<string> } | undefined;
}

/** Kept of an answer at most. */
const KEPT_BYTES_MAX = 32 * 1024 * 1024;
const NOTHING: ReadonlyMap<string, string> = new Map();

/** Stands for what nobody can judge: it is not kept either. */
export const WITHHELD = Buffer.from('{"withheld":"data.unscannable"}');

export class CallContent {
  readonly #answer: AnswerTerms;
  readonly #record: AnswerTerms | undefined;
  readonly #stream: StreamContent;
  readonly #recorder: StreamContent | undefined;
  #tally: Tally;
  #kept: Buffer[] = [];
  #keptBytes = 0;
  /** Wishes that were taken out, said again at the end of a stream included. */
  escalations = 0;
  readonly #insideTerms: CallContentTerms['inside'];

  constructor({ scanner, rules, format, values, keep, inside }: CallContentTerms) {
    this.#insideTerms = inside;
    // What is answered comes from a model that was shown what may be shown; whoever asked may see it.
    const profile = rules.profile('answers', 'restricted', true);
    this.#answer = { scanner, rules, place: 'answers', profile, values };
    this.#record = keep
      ? { scanner, rules, place: 'records', profile: rules.profile('records', 'public', false), values: NOTHING }
      : undefined;
    this.#stream = new StreamContent(this.#answer, format);
    this.#recorder = this.#record === undefined ? undefined : new StreamContent(this.#record, format);
    this.#tally = this.#stream.tally;
  }

  get problem(): ContentProblem | undefined {
    return this.#stream.problem;
  }

  push(event: SseEvent, json: EventJson | undefined): void {
    // Each changes what it is given.
    this.#recorder?.push(event, event.data === undefined ? undefined : parseData(event.data));
    this.#stream.push(event, json, this.#inside(json) > 0);
  }

  drain(): readonly Ready[] {
    this.#remember();
    return this.#stream.drain();
  }

  end(): void {
    this.#recorder?.end();
    this.#stream.end();
    this.#remember();
  }

  /** @returns what goes to the agent */
  async whole(body: ParsedBody): Promise<Buffer | ContentProblem> {
    const answer = await readAnswer(this.#wholeInside(body), this.#answer);
    if ('code' in answer) return answer;
    this.#tally = answer.tally;
    if (this.#record !== undefined) {
      const kept = await readAnswer(body, this.#record);
      this.#kept = ['code' in kept ? WITHHELD : kept.bytes];
    }
    return answer.bytes;
  }

  /** One sentence of the provider, such as its error's. */
  sentence(text: string): string {
    const { scanner, profile } = this.#answer;
    const stream = scanner.stream(profile);
    return stream.push(text) + stream.end();
  }

  /** What the answer brings into its task. */
  get marks(): TaskMarks | undefined {
    const { dataClass, taints } = this.#tally;
    return dataClass === undefined && taints.length === 0 ? undefined : { dataClass: dataClass ?? NO_MARKS.dataClass, taints };
  }

  /** The answer as it may be stored; undefined where nothing is kept. */
  kept(): Buffer | undefined {
    return this.#kept.length === 0 ? undefined : Buffer.concat(this.#kept);
  }

  /** @returns how many changes there were */
  #inside(json: EventJson | undefined): number {
    if (this.#insideTerms === undefined || json === undefined) return 0;
    const found = keepInside(json);
    this.escalations += found;
    return found + guardPrograms(json, this.#insideTerms.programs);
  }

  /** The same body where there is no such wish. */
  #wholeInside(body: ParsedBody): ParsedBody {
    if (this.#insideTerms === undefined) return body;
    const json = structuredClone(body.json) as EventJson;
    if (this.#inside(json) === 0) return body;
    const rewritten = parseBody(Buffer.from(JSON.stringify(json)));
    return isProblem(rewritten) ? body : rewritten;
  }

  #remember(): void {
    if (this.#recorder === undefined) return;
    for (const { bytes, start, end } of this.#recorder.drain()) {
      if (this.#keptBytes + end - start > KEPT_BYTES_MAX) return;
      this.#kept.push(bytes.subarray(start, end));
      this.#keptBytes += end - start;
    }
  }
}
