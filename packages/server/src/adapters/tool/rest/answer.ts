/** An HTTP answer as the result of a tool. */
import { isUtf8 } from 'node:buffer';
import type { Json, JsonRecord } from '@countersign/kernel/json';
import type { ToolReply } from '../../../ports/tool.ts';
import { Failed, garbage } from '../failed.ts';
import { readJson } from '../parts/json.ts';
import { headerOf, type HttpSink, mediaTypeOf, type ResponseHeaders } from '../wire/http/send.ts';
import { isJson } from './openapi.ts';
import type { RestOperation } from './operation.ts';

/** Of an error: it is for people and models to read, not data. */
const ERROR_CHARS_MAX = 64 * 1_024;

export class RestAnswer implements HttpSink {
  readonly #operation: RestOperation;
  readonly #bytesMax: number;
  readonly #chunks: Buffer[] = [];
  #status = 0;
  #type = '';
  #bytes = 0;

  constructor(operation: RestOperation, bytesMax: number) {
    this.#operation = operation;
    this.#bytesMax = bytesMax;
  }

  start(status: number, headers: ResponseHeaders): void {
    this.#status = status;
    this.#type = mediaTypeOf(headers);
    if (status === 401) throw new Failed('unauthorized', 'HTTP status 401', { sent: true, answered: true });
    const charset = /charset="?([^;"\s]+)/i.exec(headerOf(headers, 'content-type') ?? '')?.[1]?.toLowerCase() ?? 'utf-8';
    if (!CHARSETS.has(charset)) throw garbage('an answer in another character set than UTF-8');
    if (headerOf(headers, 'content-encoding') !== undefined && headerOf(headers, 'content-encoding') !== 'identity')
      throw garbage('an answer in an encoding that was not asked for');
    if (Number(headerOf(headers, 'content-length') ?? 0) > this.#bytesMax && this.#operation.method !== 'HEAD')
      throw this.#tooLarge();
  }

  data(chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > this.#bytesMax) throw this.#tooLarge();
    this.#chunks.push(chunk);
  }

  /** @throws Failed for an answer of a kind that was not declared */
  reply(): ToolReply {
    const body = Buffer.concat(this.#chunks);
    const good = this.#status >= 200 && this.#status < 300;
    const result = good ? this.#good(body) : this.#bad(body);
    return { kind: 'result', result, bytes: body.length };
  }

  #good(body: Buffer): JsonRecord {
    if (body.length === 0) return { content: [text(`HTTP ${this.#status}`)] };
    const { media, output } = this.#operation;
    const type = this.#type;
    if (media !== null && !media.some((one) => matches(one, type)))
      throw garbage('an answer of a media type that was not declared');
    if (isJson(type)) {
      const read = readJson(body);
      if ('problem' in read) throw garbage(`JSON that cannot be read: ${read.problem}`);
      const structured = output === undefined ? {} : { structuredContent: read.value as Json };
      return { content: [text(body.toString('utf8'))], ...structured };
    }
    if (type.startsWith('text/')) return { content: [text(utf8(body))] };
    const kind = /^(image|audio)\/[a-z0-9.+-]+$/.exec(type)?.[1];
    if (kind === undefined || media === null) throw garbage('an answer of a media type that cannot be passed on');
    return { content: [{ type: kind, data: body.toString('base64'), mimeType: type }] };
  }

  #bad(body: Buffer): JsonRecord {
    const readable = (isJson(this.#type) || this.#type.startsWith('text/')) && isUtf8(body);
    const said = readable ? body.toString('utf8').slice(0, ERROR_CHARS_MAX) : '';
    return { content: [text(`HTTP ${this.#status}${said === '' ? '' : `\n${said}`}`)], isError: true };
  }

  #tooLarge(): Failed {
    return new Failed('too-large', 'an answer above the cap', { sent: true, answered: true });
  }
}

const CHARSETS: ReadonlySet<string> = new Set(['utf-8', 'utf8', 'us-ascii']);

const text = (value: string): JsonRecord => ({ type: 'text', text: value });

function utf8(body: Buffer): string {
  if (!isUtf8(body)) throw garbage('text that is not UTF-8');
  return body.toString('utf8');
}

// A declared type may be a range: all of one kind, or all.
function matches(declared: string, type: string): boolean {
  if (declared === type || declared === '*/*') return true;
  return declared.endsWith('/*') && type.startsWith(declared.slice(0, -1));
}
