/** Calls of a runner: one connection a call, nothing repeated. What was sent and not answered may have happened. */
import { readFileSync } from 'node:fs';
import { type IncomingMessage, request as httpRequest, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { Fault, FAULTS, type FaultCode } from '@countersign/kernel/fault';
import { isRecord, type JsonRecord } from '@countersign/kernel/json';
import { EXEC_PROTOCOL } from '../../ports/exec-wire.ts';
import { SECRET_CHARS_MIN } from '../../ports/runner-wire.ts';
import type { RemoteSettings } from './settings.ts';

const ANSWER_MS = 120_000;
const ANSWER_BYTES_MAX = 16 * 1024 * 1024;

export interface Sent {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly json?: object;
  readonly body?: Readable;
  readonly headers?: Readonly<Record<string, string>>;
}

export class Runner {
  readonly #settings: RemoteSettings;
  readonly #base: RequestOptions;

  /** @throws Fault config.invalid for an address or a secret that is not safe to use */
  constructor(settings: RemoteSettings) {
    this.#settings = settings;
    const url = URL.canParse(settings.url) ? new URL(settings.url) : undefined;
    if (url === undefined || !/^https?:$/.test(url.protocol) || url.pathname !== '/' || url.search !== '')
      throw new Fault('config.invalid', `${settings.url} is not the base address of a runner.`);
    if (url.protocol === 'http:' && !/^(?:127\.\d+\.\d+\.\d+|localhost|\[::1\])$/.test(url.hostname))
      throw new Fault(
        'config.invalid',
        `${settings.url} is not on this machine: the secret would cross the network in the clear. Use https.`,
      );
    if (settings.secret.length < SECRET_CHARS_MIN)
      throw new Fault('config.invalid', `The secret of the runner is shorter than ${SECRET_CHARS_MIN} characters.`);
    this.#base = tlsOf(settings);
  }

  /** @throws Fault sandbox.failed, sandbox.lost, or what the runner says */
  async json(sent: Sent): Promise<JsonRecord> {
    const res = await this.#send(sent);
    const chunks: Buffer[] = [];
    let bytes = 0;
    try {
      for await (const chunk of res as AsyncIterable<Buffer>) {
        bytes += chunk.length;
        if (bytes > ANSWER_BYTES_MAX) throw new Error('the answer does not end');
        chunks.push(chunk);
      }
    } catch (cause) {
      throw lost(cause);
    }
    const json = parsed(Buffer.concat(chunks));
    if ((res.statusCode ?? 0) < 300 && json !== undefined) return json;
    throw refusal(res.statusCode ?? 0, json);
  }

  /** The body as it comes. @throws as `json` */
  async stream(sent: Sent): Promise<IncomingMessage> {
    const res = await this.#send(sent);
    if ((res.statusCode ?? 0) < 300) return res;
    res.resume();
    throw refusal(res.statusCode ?? 0, undefined);
  }

  /** @throws Fault sandbox.lost */
  upgrade(path: string): Promise<{ readonly socket: Socket; readonly head: Buffer }> {
    return new Promise((resolve, reject) => {
      const req = this.#request({ method: 'GET', path, headers: { connection: 'Upgrade', upgrade: EXEC_PROTOCOL } });
      req.on('error', (cause) => reject(lost(cause)));
      req.on('timeout', () => req.destroy(new Error('no answer in time')));
      req.on('response', (res) => {
        res.resume();
        reject(refusal(res.statusCode ?? 0, undefined));
      });
      req.on('upgrade', (_res, socket: Socket, head) => {
        socket.setTimeout(0);
        resolve({ socket, head });
      });
      req.end();
    });
  }

  #send(sent: Sent): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const req = this.#request(sent);
      req.on('error', (cause) => reject(lost(cause)));
      req.on('timeout', () => req.destroy(new Error('no answer in time')));
      req.on('response', resolve);
      if (sent.body !== undefined) {
        sent.body.on('error', (error) => req.destroy(error));
        sent.body.pipe(req);
      } else req.end(sent.json === undefined ? undefined : JSON.stringify(sent.json));
    });
  }

  #request({ method, path, json, headers = {} }: Sent) {
    const target = new URL(path, this.#settings.url);
    const send = target.protocol === 'https:' ? httpsRequest : httpRequest;
    const all: Record<string, string> = { authorization: `Bearer ${this.#settings.secret}`, ...headers };
    if (json !== undefined) all['content-type'] = 'application/json';
    return send(target, { ...this.#base, method, headers: all, agent: false, timeout: ANSWER_MS });
  }
}

function tlsOf({ tls }: RemoteSettings): RequestOptions {
  const read = (file: string | undefined): Buffer | undefined => {
    try {
      return file === undefined ? undefined : readFileSync(file);
    } catch (cause) {
      throw new Fault('config.invalid', `${String(file)} cannot be read.`, { cause });
    }
  };
  const [ca, cert, key] = [read(tls?.ca), read(tls?.cert), read(tls?.key)];
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  } as RequestOptions;
}

function parsed(bytes: Buffer): JsonRecord | undefined {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** From when on something may run there, nobody here knows what became of it. */
const lost = (cause: unknown): Fault =>
  new Fault('sandbox.lost', 'The runner went away. Whether the command ran, and how far, is not known here.', { cause });

function refusal(status: number, json: JsonRecord | undefined): Fault {
  const code = typeof json?.['code'] === 'string' && json['code'] in FAULTS ? (json['code'] as FaultCode) : 'sandbox.failed';
  const detail = typeof json?.['detail'] === 'string' ? json['detail'] : `it answered ${status}`;
  return new Fault(code, `The runner refused: ${detail}`);
}
