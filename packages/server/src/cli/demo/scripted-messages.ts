/** Plays a script over the Anthropic Messages format. The turn is the number of messages that hold tool results. */
import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Turn } from './scenarios.ts';

interface Block {
  readonly type?: string;
}

const newId = (prefix: string): string => `${prefix}_${randomBytes(12).toString('hex')}`;

export function playMessages(body: Record<string, unknown>, response: ServerResponse, script: readonly Turn[]): void {
  const messages = (Array.isArray(body['messages']) ? body['messages'] : []) as readonly { readonly content?: unknown }[];
  const hasResult = (content: unknown): boolean =>
    Array.isArray(content) && (content as readonly Block[]).some((block) => block.type === 'tool_result');
  const round = messages.filter((message) => hasResult(message.content)).length;
  const turn = script[Math.min(round, script.length - 1)] ?? { say: 'Done.' };
  const block = blockOf(turn);
  const stop_reason = block['type'] === 'tool_use' ? 'tool_use' : 'end_turn';
  const output_tokens = Math.ceil(JSON.stringify(block).length / 4);
  const input_tokens = Math.ceil(JSON.stringify(body).length / 8);
  const usage = {
    input_tokens,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: input_tokens,
    output_tokens,
    service_tier: 'standard',
  };
  const message = { id: newId('msg'), type: 'message', role: 'assistant', model: body['model'], stop_sequence: null };
  const headers = { 'request-id': newId('req') };
  if (body['stream'] !== true) {
    response.writeHead(200, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify({ ...message, content: [block], stop_reason, usage }));
    return;
  }
  response.writeHead(200, { 'content-type': 'text/event-stream', ...headers });
  const emit = (type: string, fields: object): void => {
    response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`);
  };
  emit('message_start', { message: { ...message, content: [], stop_reason: null, usage: { ...usage, output_tokens: 1 } } });
  emitBlock(emit, block);
  emit('message_delta', { delta: { stop_reason, stop_sequence: null }, usage: { output_tokens } });
  emit('message_stop', {});
  response.end();
}

function emitBlock(emit: (type: string, fields: object) => void, block: Record<string, unknown>): void {
  const tool = block['type'] === 'tool_use';
  emit('content_block_start', { index: 0, content_block: tool ? { ...block, input: {} } : { ...block, text: '' } });
  const delta = tool
    ? { type: 'input_json_delta', partial_json: JSON.stringify(block['input']) }
    : { type: 'text_delta', text: block['text'] };
  emit('content_block_delta', { index: 0, delta });
  emit('content_block_stop', { index: 0 });
}

function blockOf(turn: Turn): Record<string, unknown> {
  if ('run' in turn)
    return {
      type: 'tool_use',
      id: newId('toolu'),
      name: 'Bash',
      input: { command: turn.run, description: 'work on the sample' },
    };
  return { type: 'text', text: 'say' in turn ? turn.say : '' };
}
