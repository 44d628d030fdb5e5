/**
 * What a stream says when it cannot go on, per format. It is followed by the end of the connection without the last chunk: a clean end
 * would pass for success in the clients' raw iterators.
 */
import type { WireFormat } from '../../../ports/registry.ts';
import type { StreamEnd } from './face.ts';

export function brokenStream(format: WireFormat, end: StreamEnd): Buffer {
  const message = `Countersign: ${end.message} [${end.code}, request ${end.requestId}]`;
  switch (format) {
    case 'responses':
      return Buffer.from(brokenResponses(end, message));
    case 'chat':
      return Buffer.from(
        `data: ${JSON.stringify({ error: { message, type: 'server_error', param: null, code: end.code } })}\n\n`,
      );
    case 'messages':
      return Buffer.from(
        `event: error\ndata: ${JSON.stringify({ type: 'error', error: { type: 'api_error', message }, request_id: end.requestId })}\n\n`,
      );
  }
}

/** `response.failed` is what Codex reads, `error` what the stream helpers throw. */
function brokenResponses(end: StreamEnd, message: string): string {
  const failed = {
    type: 'response.failed',
    sequence_number: end.nextSequence,
    response: {
      id: end.answerId ?? `resp_${end.requestId}`,
      object: 'response',
      created_at: end.createdAt,
      status: 'failed',
      error: { code: 'server_error', message },
      incomplete_details: null,
      model: end.model,
      output: [],
      usage: null,
    },
  };
  const error = { type: 'error', sequence_number: end.nextSequence + 1, code: end.code, message, param: null };
  return `event: response.failed\ndata: ${JSON.stringify(failed)}\n\nevent: error\ndata: ${JSON.stringify(error)}\n\n`;
}

const COMMENT = Buffer.from(': keep-alive\n\n');
const PING = Buffer.from('event: ping\ndata: {"type": "ping"}\n\n');

/** Says that the connection lives. Only between events. */
export const keepAlive = (format: WireFormat): Buffer => (format === 'messages' ? PING : COMMENT);
