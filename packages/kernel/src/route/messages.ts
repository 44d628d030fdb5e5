/** Facts of an Anthropic Messages body. */
import { isRecord, type Json, type JsonRecord } from '../json.ts';
import { type FactsDraft, isSet, isText, list, Unreadable, wholeNumber } from './facts.ts';
import { readTools } from './tools.ts';

/** Blocks nest at most twice (tool result, document content). */
const NESTING_MAX = 6;

export function readMessages(draft: FactsDraft, body: JsonRecord): void {
  draft.limit(body, 'max_tokens');
  readTools(draft, body);
  if (list(body, 'mcp_servers').length > 0) draft.hosted.add('mcp');
  if (isSet(body['container'])) draft.hosted.add('container');
  draft.cacheMarker(body['cache_control']);
  readThinking(draft, body['thinking']);
  const config = body['output_config'];
  if (isSet(body['output_format']) || (isRecord(config) && isSet(config['format']))) draft.needs.add('jsonSchema');
  readBlocks(draft, body['system'], 0);
  for (const message of list(body, 'messages')) {
    if (!isRecord(message)) throw new Unreadable('Every message must be an object.');
    readBlocks(draft, message['content'], 0);
  }
}

function readThinking(draft: FactsDraft, thinking: Json | undefined): void {
  if (!isRecord(thinking) || thinking['type'] === 'disabled') {
    draft.reasoningOff = true;
    return;
  }
  draft.needs.add('reasoning');
  draft.thinking = wholeNumber(thinking, 'budget_tokens') ?? 0;
}

function readBlocks(draft: FactsDraft, blocks: Json | undefined, depth: number): void {
  if (!Array.isArray(blocks)) return;
  if (depth > NESTING_MAX) throw new Unreadable('Content blocks are nested too deep.');
  for (const block of blocks as readonly Json[]) if (isRecord(block)) readBlock(draft, block, depth);
}

function readBlock(draft: FactsDraft, block: JsonRecord, depth: number): void {
  draft.cacheMarker(block['cache_control']);
  if (isSet(block['file_id'])) draft.opaque.add('file');
  if (block['type'] === 'redacted_thinking' || isSet(block['encrypted_content'])) draft.opaque.add('encrypted');
  if (isRecord(block['source'])) readSource(draft, block['source'], block['type'] === 'image', depth);
  if (Array.isArray(block['content'])) readBlocks(draft, block['content'], depth + 1);
  else if (isRecord(block['content'])) readBlock(draft, block['content'], depth + 1);
}

function readSource(draft: FactsDraft, source: JsonRecord, image: boolean, depth: number): void {
  const remote = isSet(source['url']);
  if (image) draft.image(isText(source['data']) ? source['data'] : undefined, remote);
  else if (remote) draft.opaque.add('remote-url');
  if (isSet(source['file_id'])) draft.opaque.add('file');
  readBlocks(draft, source['content'], depth + 1);
}
