/** Plays a script over the OpenAI Responses format (server-sent events). The turn is the number of tool results since the newest user message. */
import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Turn } from './scenarios.ts';

interface Item {
  readonly type?: string;
  readonly role?: string;
}

const newId = (prefix: string): string => `${prefix}_${randomBytes(12).toString('hex')}`;
const isOutput = (item: Item | undefined): boolean => /_output$/.test(item?.type ?? '');

export function playResponses(body: Record<string, unknown>, response: ServerResponse, script: readonly Turn[]): void {
  const input = (Array.isArray(body['input']) ? body['input'] : []) as readonly Item[];
  const prompt = input.findLastIndex((item) => item.type === 'message' && item.role === 'user');
  const tail = input.slice(prompt + 1);
  const round = tail.filter((item, index) => isOutput(item) && !isOutput(tail[index - 1])).length;
  const turn = script[Math.min(round, script.length - 1)] ?? { say: 'Done.' };
  const item = itemOf(turn);
  const usage = usageOf(JSON.stringify(body).length, JSON.stringify(item).length);
  const base = { id: newId('resp'), object: 'response', created_at: Math.floor(Date.now() / 1000), model: body['model'] };
  if (body['stream'] !== true) {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ ...base, status: 'completed', output: [item], usage }));
    return;
  }
  stream(response, base, item, usage);
}

function stream(response: ServerResponse, base: object, item: Record<string, unknown>, usage: object): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'x-request-id': newId('req') });
  let sequence = 0;
  const emit = (type: string, fields: object): void => {
    response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...fields, sequence_number: sequence })}\n\n`);
    sequence += 1;
  };
  emit('response.created', { response: { ...base, status: 'in_progress', output: [], usage: null } });
  emit('response.output_item.added', {
    output_index: 0,
    item: item['type'] === 'message' ? { ...item, status: 'in_progress', content: [] } : item,
  });
  if (item['type'] === 'message') emitText(emit, item);
  emit('response.output_item.done', { output_index: 0, item });
  emit('response.completed', { response: { ...base, status: 'completed', output: [item], usage } });
  response.end();
}

function emitText(emit: (type: string, fields: object) => void, item: Record<string, unknown>): void {
  const [part] = item['content'] as readonly { readonly text: string }[];
  const at = { item_id: item['id'], output_index: 0, content_index: 0 };
  emit('response.content_part.added', { ...at, part: { ...part, text: '' } });
  for (const delta of part?.text.match(/.{1,16}/gs) ?? []) emit('response.output_text.delta', { ...at, delta });
  emit('response.output_text.done', { ...at, text: part?.text });
  emit('response.content_part.done', { ...at, part });
}

function itemOf(turn: Turn): Record<string, unknown> {
  const call_id = newId('call');
  if ('run' in turn)
    return {
      id: newId('fc'),
      type: 'function_call',
      status: 'completed',
      call_id,
      name: 'exec_command',
      arguments: JSON.stringify({ cmd: turn.run, yield_time_ms: 10_000 }),
    };
  if ('patch' in turn)
    return { id: newId('ctc'), type: 'custom_tool_call', status: 'completed', call_id, name: 'apply_patch', input: turn.patch };
  const text = 'say' in turn ? turn.say : '';
  return {
    id: newId('msg'),
    type: 'message',
    role: 'assistant',
    status: 'completed',
    content: [{ type: 'output_text', text, annotations: [] }],
  };
}

function usageOf(inputBytes: number, outputBytes: number): object {
  const input_tokens = Math.ceil(inputBytes / 4);
  const output_tokens = Math.ceil(outputBytes / 4);
  return {
    input_tokens,
    input_tokens_details: { cached_tokens: Math.floor(input_tokens / 2) },
    output_tokens,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: input_tokens + output_tokens,
  };
}
