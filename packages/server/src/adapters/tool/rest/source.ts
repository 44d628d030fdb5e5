/** Servers that speak plain HTTP: described by an OpenAPI document, or operation by operation. */
import { createHash } from 'node:crypto';
import { isRecord, type JsonRecord } from '@countersign/kernel/json';
import type { ToolServerRecord } from '../../../ports/registry.ts';
import type { ServerOffer, ToolReply } from '../../../ports/tool.ts';
import type { ToolUpstreamsDeps } from '../deps.ts';
import { garbage } from '../failed.ts';
import type { Act } from '../mcp/act.ts';
import type { Secrets } from '../parts/secrets.ts';
import { plainUrl } from '../parts/url.ts';
import type { Source } from '../source.ts';
import { Dialer, systemResolve } from '../wire/http/dial.ts';
import { sendHttp } from '../wire/http/send.ts';
import { RestAnswer } from './answer.ts';
import { declaredOperations } from './declared.ts';
import { BadArgument } from './encode.ts';
import { openapiOperations, type Operations } from './openapi.ts';
import { toolOf } from './operation.ts';
import { type Built, buildRequest } from './request.ts';

const INVALID_PARAMS = -32602;
const METHOD_NOT_FOUND = -32601;

export class RestSource implements Source {
  readonly #record: ToolServerRecord;
  readonly #dialer: Dialer;
  readonly #version: string;
  #read: Operations | undefined;

  constructor(record: ToolServerRecord, deps: ToolUpstreamsDeps) {
    const { transport } = record;
    this.#record = record;
    this.#version = deps.version;
    this.#dialer = new Dialer(deps.resolve ?? systemResolve, 'privateAddresses' in transport && transport.privateAddresses);
  }

  async call({ request, signal, headers }: Act, secrets: Secrets): Promise<ToolReply> {
    if (request.method !== 'tools/call') return { kind: 'error', code: METHOD_NOT_FOUND, message: 'This server has tools only.' };
    const operation = this.#operations().operations.get(String(request.params.name));
    if (operation === undefined) return { kind: 'error', code: INVALID_PARAMS, message: 'The server has no such tool.' };
    let built: Built;
    try {
      const args = request.params.arguments;
      built = buildRequest(operation, plainUrl(this.#record), isRecord(args) ? args : {});
    } catch (thrown) {
      if (thrown instanceof BadArgument) return { kind: 'error', code: INVALID_PARAMS, message: thrown.message };
      throw thrown;
    }
    const answer = new RestAnswer(operation, request.resultBytesMax);
    const accept =
      operation.media === null || operation.media.length === 0 ? 'application/json, text/plain' : operation.media.join(', ');
    const own = ['accept', accept, 'user-agent', `Countersign/${this.#version}`, 'traceparent', request.traceparent];
    await sendHttp(
      this.#dialer,
      {
        method: operation.method,
        url: built.url,
        headers: [...built.headers, ...own],
        ownHeaders: [...secrets.headers, ...headers],
        query: secrets.query,
        body: built.body,
        signal,
      },
      answer,
    );
    return answer.reply();
  }

  offer(): Promise<ServerOffer> {
    const { operations, dropped } = this.#operations();
    return Promise.resolve({
      era: 'none',
      protocolVersion: null,
      launch: this.#launch(),
      instructions: null,
      tools: [...operations.values()].map(toolOf),
      prompts: [],
      resources: [],
      resourceTemplates: [],
      capabilities: { tools: {} },
      ttlMs: null,
      dropped,
    });
  }

  close(): Promise<void> {
    return this.#dialer.close();
  }

  /** Read once: a record never changes. */
  #operations(): Operations {
    const { transport } = this.#record;
    if (transport.kind !== 'openapi' && transport.kind !== 'operations') throw garbage('a server that has no operations');
    this.#read ??=
      transport.kind === 'openapi' ? openapiOperations(this.#record, transport.text) : declaredOperations(this.#record);
    return this.#read;
  }

  #launch(): JsonRecord {
    const { transport } = this.#record;
    const { origin, pathname } = plainUrl(this.#record);
    const document = transport.kind === 'openapi' ? { document: createHash('sha256').update(transport.text).digest('hex') } : {};
    return { kind: transport.kind, origin, path: pathname, ...document };
  }
}
