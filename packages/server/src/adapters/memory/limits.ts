/** What is taken and kept at most. The caps of the places are what bounds a search: everything that the caller may see is looked at. */
import type { MemoryCaps } from '../../ports/memory.ts';

/** UTF-8 bytes of one text. */
export const TEXT_BYTES_MAX = 8 * 1024;
export const TAGS_MAX = 8;
export const QUERY_CHARS_MAX = 200;
export const HITS = 10;
export const HITS_MAX = 50;
/** Days that may be asked for at all; the bundle's rules are stricter. */
export const DAYS_MAX = 3_650;
/** Of one place. A caller sees five places at most, so a search looks at no more than 1,000 memories of 1.25 MiB. */
export const PLACE_CAPS: MemoryCaps = { memories: 200, bytes: 256 * 1024 };
/** UTF-8 bytes of texts in one answer; the rest is left out, and the answer says so. */
export const ANSWER_BYTES_MAX = 48 * 1024;
