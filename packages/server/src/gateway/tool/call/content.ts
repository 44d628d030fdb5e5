/** Content blocks of an answer, one by one: known kinds only, text read, addresses led through this door. */
import { isRecord, type Json, type JsonRecord } from '@countersign/kernel/json';
import type { Finding, InspectPlace, Inspector } from '../../../ports/inspect.ts';
import { exposeUri, URI_CHARS_MAX } from '../list/uris.ts';

export interface Reading {
  readonly server: string;
  readonly inspector: Inspector | undefined;
  /** Collected over all blocks. */
  readonly findings: Finding[];
}

const MIME = /^[\w.+-]{1,64}\/[\w.+-]{1,64}(?:\s*;[\w\s.+=",-]{0,128})?$/;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;
const NAME_CHARS_MAX = 1_024;

export const note = (text: string): JsonRecord => ({ type: 'text', text: `[countersign: ${text}]` });

/** @throws Fault of the inspector */
export async function readText(reading: Reading, text: string, place: InspectPlace = 'result'): Promise<string> {
  if (reading.inspector === undefined) return text;
  const seen = await reading.inspector.inspect(text, place);
  reading.findings.push(...seen.findings);
  return seen.text;
}

/** A block that is left out is replaced by a note that says so. @throws Fault of the inspector */
export async function readBlock(reading: Reading, block: Json): Promise<JsonRecord> {
  if (!isRecord(block)) return note('a part of the answer was not readable and was left out');
  const read = await readKnown(reading, block);
  if (read === undefined) return note(`a part of the answer of the kind ${kindOf(block)} was left out`);
  const annotations = readAnnotations(block['annotations']);
  return annotations === undefined ? read : { ...read, annotations };
}

const kindOf = ({ type }: JsonRecord): string =>
  typeof type === 'string' && /^[a-z_]{1,32}$/.test(type) ? `\`${type}\`` : 'unknown';

async function readKnown(reading: Reading, block: JsonRecord): Promise<JsonRecord | undefined> {
  switch (block['type']) {
    case 'text':
      return typeof block['text'] === 'string' ? { type: 'text', text: await readText(reading, block['text']) } : undefined;
    case 'image':
    case 'audio':
      return readMedia(block);
    case 'resource_link':
      return readLink(reading, block);
    case 'resource': {
      const resource = isRecord(block['resource']) ? await readContents(reading, block['resource']) : undefined;
      return resource === undefined ? undefined : { type: 'resource', resource };
    }
    default:
      return undefined;
  }
}

function readMedia({ type, data, mimeType }: JsonRecord): JsonRecord | undefined {
  if (typeof data !== 'string' || !BASE64.test(data) || typeof mimeType !== 'string' || !MIME.test(mimeType)) return undefined;
  return { type: type ?? null, data, mimeType };
}

async function readLink(reading: Reading, block: JsonRecord): Promise<JsonRecord | undefined> {
  const { uri, mimeType, size } = block;
  if (typeof uri !== 'string' || uri === '' || uri.length > URI_CHARS_MAX / 3) return undefined;
  return {
    type: 'resource_link',
    uri: exposeUri(reading.server, uri),
    name: (await readName(reading, block['name'])) ?? 'resource',
    ...(await named(reading, 'title', block['title'])),
    ...(await named(reading, 'description', block['description'])),
    ...(typeof mimeType === 'string' && MIME.test(mimeType) ? { mimeType } : {}),
    ...(typeof size === 'number' && size >= 0 ? { size } : {}),
  };
}

async function named(reading: Reading, member: string, value: Json | undefined): Promise<JsonRecord> {
  const text = await readName(reading, value);
  return text === undefined ? {} : { [member]: text };
}

const readName = async (reading: Reading, value: Json | undefined): Promise<string | undefined> =>
  typeof value === 'string' ? readText(reading, value.slice(0, NAME_CHARS_MAX)) : undefined;

/** Contents of a resource, embedded or read. @throws Fault of the inspector */
export async function readContents(reading: Reading, contents: JsonRecord): Promise<JsonRecord | undefined> {
  const { uri, mimeType, text, blob } = contents;
  if (typeof uri !== 'string' || uri === '' || uri.length > URI_CHARS_MAX / 3) return undefined;
  const about = {
    uri: exposeUri(reading.server, uri),
    ...(typeof mimeType === 'string' && MIME.test(mimeType) ? { mimeType } : {}),
  };
  if (typeof text === 'string') return { ...about, text: await readText(reading, text) };
  return typeof blob === 'string' && BASE64.test(blob) ? { ...about, blob } : undefined;
}

const AUDIENCES = ['user', 'assistant'];

function readAnnotations(given: Json | undefined): JsonRecord | undefined {
  if (!isRecord(given)) return undefined;
  const { audience, priority, lastModified } = given;
  const kept: Record<string, Json> = {};
  if (Array.isArray(audience)) kept['audience'] = audience.filter((one) => typeof one === 'string' && AUDIENCES.includes(one));
  if (typeof priority === 'number' && priority >= 0 && priority <= 1) kept['priority'] = priority;
  if (typeof lastModified === 'string' && /^[\dT:.Z+-]{10,40}$/.test(lastModified)) kept['lastModified'] = lastModified;
  return kept;
}
