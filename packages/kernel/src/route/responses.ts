/** Facts of an OpenAI Responses body. */
import { isRecord, type Json, type JsonRecord } from '../json.ts';
import { type FactsDraft, flag, isSet, isText, list, Unreadable } from './facts.ts';
import { readTools } from './tools.ts';

export function readResponses(draft: FactsDraft, body: JsonRecord): void {
  draft.limit(body, 'max_output_tokens');
  readTools(draft, body);
  if (flag(body, 'parallel_tool_calls') && list(body, 'tools').length > 0) draft.needs.add('parallelTools');
  if (isSet(body['previous_response_id'])) draft.opaque.add('previous-response');
  if (isSet(body['conversation'])) draft.opaque.add('conversation');
  if (isSet(body['prompt'])) draft.opaque.add('stored-prompt');
  if (flag(body, 'background')) draft.opaque.add('background');
  const { reasoning, text } = body;
  if (isRecord(reasoning)) draft.effort(reasoning['effort']);
  if (isRecord(text) && isRecord(text['format']) && text['format']['type'] === 'json_schema') draft.needs.add('jsonSchema');
  readInput(draft, body['input']);
}

function readInput(draft: FactsDraft, input: Json | undefined): void {
  if (input === undefined || input === null || isText(input)) return;
  if (!Array.isArray(input)) throw new Unreadable('`input` must be a string or an array.');
  for (const item of input as readonly Json[]) {
    if (!isRecord(item)) throw new Unreadable('Every item of `input` must be an object.');
    readItem(draft, item);
  }
}

function readItem(draft: FactsDraft, item: JsonRecord): void {
  const { type } = item;
  if (type === 'item_reference' || (type === undefined && item['role'] === undefined)) draft.opaque.add('item-reference');
  if (type === 'mcp_approval_response') draft.hosted.add('mcp');
  if (isSet(item['encrypted_content'])) draft.opaque.add('encrypted');
  // Tools hide in `additional_tools` and in the results of a tool search.
  if (Array.isArray(item['tools'])) readTools(draft, item);
  readParts(draft, item['content']);
  readParts(draft, item['output']);
}

function readParts(draft: FactsDraft, parts: Json | undefined): void {
  if (isRecord(parts)) return readPart(draft, parts);
  if (!Array.isArray(parts)) return;
  for (const part of parts as readonly Json[]) if (isRecord(part)) readPart(draft, part);
}

function readPart(draft: FactsDraft, part: JsonRecord): void {
  if (isSet(part['file_id'])) draft.opaque.add('file');
  if (isSet(part['file_url'])) draft.opaque.add('remote-url');
  if (isSet(part['encrypted_content'])) draft.opaque.add('encrypted');
  const url = part['image_url'];
  if (isText(url)) draft.image(url, !url.startsWith('data:'));
  else if (isSet(url)) draft.image(undefined, true);
  if (part['type'] === 'input_audio') draft.needs.add('audio');
}
