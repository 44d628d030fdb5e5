/**
 * A model provider for machines without an account: speaks OpenAI Responses and Anthropic Messages on a loopback port, as server-sent events,
 * and plays a script. Only the model is scripted; client, doors, decisions and records are the real ones.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answer, claudeRepair, codexRepair, REPAIR_PROMPT, type Turn } from './scenarios.ts';
import { playMessages } from './scripted-messages.ts';
import { playResponses } from './scripted-responses.ts';

export interface ScriptedModel {
  readonly url: string;
  close(): Promise<void>;
}

/** A client's request is about 60 KB; this only bounds mistakes. */
const BODY_MAX = 16 * 1024 * 1024;

export async function startScriptedModel(): Promise<ScriptedModel> {
  const server = createServer((request, response) => {
    serve(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = (request.url ?? '/').split('?')[0] ?? '/';
  const text = await read(request);
  if (request.method !== 'POST') return json(response, 200, { object: 'list', data: [] });
  const body = JSON.parse(text) as Record<string, unknown>;
  const repairs = text.includes(REPAIR_PROMPT.slice(0, 40));
  if (path.endsWith('/responses')) return playResponses(body, response, repairs ? codexRepair : answer);
  if (path.endsWith('/count_tokens')) return json(response, 200, { input_tokens: Math.ceil(text.length / 4) });
  if (path.endsWith('/messages')) return playMessages(body, response, scriptFor(body, repairs));
  return json(response, 404, { error: { message: 'not found', type: 'invalid_request_error' } });
}

/** Requests without tools are the client's own: a title for the session, for instance. */
function scriptFor(body: Record<string, unknown>, repairs: boolean): readonly Turn[] {
  const { tools } = body;
  if (!Array.isArray(tools) || tools.length === 0) return [{ say: 'Repair of the slug test' }];
  return repairs ? claudeRepair : answer;
}

function json(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > BODY_MAX) throw new Error('the request is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
