/** What each string of a request is, which decides what may be done to it. */
import type { JsonRecord } from '@countersign/kernel/json';
import type { BodyText } from '../../wire/texts.ts';

/**
 * `text`: anything may be taken out. `json`: JSON text, which stays JSON. `fixed`: a name or an id that the protocol depends on, or what the
 * provider has signed or sealed: a secret there denies the request. `media`: an image or a file in base 64, which nobody here can read.
 */
export type RequestPlace = 'text' | 'json' | 'fixed' | 'media';

/** What holds below an object: its type, and whether member names are the caller's own. */
export interface Above {
  readonly type: string;
  readonly isFree: boolean;
}

export const AT_TOP: Above = { type: '', isFree: false };

const PROTOCOL: ReadonlySet<string> = new Set([
  ...['type', 'role', 'id', 'call_id', 'tool_use_id', 'tool_call_id', 'item_id', 'name', 'model', 'object', 'status'],
  ...['previous_response_id', 'media_type', 'format', 'signature', 'encrypted_content'],
]);
const MEDIA: ReadonlySet<string> = new Set(['data', 'image_url', 'url', 'file_data', 'image', 'b64_json', 'result']);
/** Objects whose member names are not the protocol's. */
const FREE: ReadonlySet<string> = new Set(['metadata', 'client_metadata', 'properties']);
const BASE64 = /^(?:data:[\w/+.;=-]{0,200};base64,)?[A-Za-z0-9+/=_-]*$/;
/** Shorter than this, base 64 is read like any text. */
const MEDIA_LEAST = 1_024;

export function enter(object: JsonRecord, key: string, above: Above): Above {
  const { type } = object;
  const isFree = above.isFree || FREE.has(key) || (key === 'input' && above.type.endsWith('tool_use'));
  const isObjectType = typeof type === 'string';
  return isFree === above.isFree && !isObjectType && above.type === '' ? above : { type: isObjectType ? type : '', isFree };
}

export const isMedia = (key: string, text: string): boolean => text.length >= MEDIA_LEAST && MEDIA.has(key) && BASE64.test(text);

export function requestPlace(
  { text, key, isName, parent }: Omit<BodyText, 'start' | 'end'>,
  { isFree, type }: Above,
): RequestPlace {
  if (isName) return 'fixed';
  if (isFree) return 'text';
  if (isMedia(key, text)) return 'media';
  if (PROTOCOL.has(key)) return 'fixed';
  if (key === 'data' && type === 'redacted_thinking') return 'fixed';
  // Signed thinking goes back as it came, or the provider refuses it.
  if (key === 'thinking' && parent['signature'] !== undefined) return 'fixed';
  return key === 'arguments' ? 'json' : 'text';
}
