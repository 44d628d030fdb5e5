/** Facts of a Chat Completions body, of OpenAI and of servers that are compatible with it. */
import { isRecord, type Json, type JsonRecord } from '../json.ts';
import { type FactsDraft, flag, isSet, isText, list, Unreadable, wholeNumber } from './facts.ts';
import { readTools } from './tools.ts';

/** The most that any provider gives at once. */
const CHOICES_MAX = 128;

export function readChat(draft: FactsDraft, body: JsonRecord): void {
  draft.limit(body, 'max_tokens');
  draft.limit(body, 'max_completion_tokens');
  draft.choices = choicesOf(body);
  readToolUse(draft, body);
  if (isSet(body['audio']) || list(body, 'modalities').includes('audio')) draft.needs.add('audio');
  draft.effort(body['reasoning_effort']);
  if (isRecord(body['response_format']) && body['response_format']['type'] === 'json_schema') draft.needs.add('jsonSchema');
  draft.usageInStream = asksForUsage(body['stream_options']);
  for (const message of list(body, 'messages')) {
    if (!isRecord(message)) throw new Unreadable('Every message must be an object.');
    readMessage(draft, message);
  }
}

function choicesOf(body: JsonRecord): number {
  const choices = wholeNumber(body, 'n') ?? 1;
  if (choices < 1 || choices > CHOICES_MAX) throw new Unreadable(`\`n\` must be from 1 to ${CHOICES_MAX}.`);
  return choices;
}

function readToolUse(draft: FactsDraft, body: JsonRecord): void {
  readTools(draft, body);
  if (list(body, 'functions').length > 0) draft.needs.add('tools');
  if (flag(body, 'parallel_tool_calls') && list(body, 'tools').length > 0) draft.needs.add('parallelTools');
  if (isSet(body['web_search_options'])) draft.hosted.add('web_search');
}

function asksForUsage(options: Json | undefined): boolean {
  if (isSet(options) && !isRecord(options)) throw new Unreadable('`stream_options` must be an object.');
  return isRecord(options) && flag(options, 'include_usage');
}

function readMessage(draft: FactsDraft, message: JsonRecord): void {
  const { content } = message;
  // An earlier audio answer, named by its id.
  if (isRecord(message['audio'])) draft.opaque.add('item-reference');
  if (!Array.isArray(content)) return;
  for (const part of content as readonly Json[]) if (isRecord(part)) readPart(draft, part);
}

function readPart(draft: FactsDraft, part: JsonRecord): void {
  draft.cacheMarker(part['cache_control']);
  const image = part['image_url'];
  const url = isRecord(image) ? image['url'] : image;
  if (isText(url)) draft.image(url, !url.startsWith('data:'));
  else if (isSet(url)) draft.image(undefined, true);
  if (isRecord(part['file']) && isSet(part['file']['file_id'])) draft.opaque.add('file');
  for (const kind of ['video_url', 'audio_url', 'file_url'] as const) if (isSet(part[kind])) draft.opaque.add('remote-url');
  if (part['type'] === 'input_audio') draft.needs.add('audio');
}
