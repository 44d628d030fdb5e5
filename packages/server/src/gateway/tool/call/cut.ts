/** Keeps an answer below its cap. Plain text is cut with a mark that says so; JSON and media are left out whole, never cut in the middle. */
import type { Json, JsonRecord } from '@countersign/kernel/json';
import { note } from './content.ts';

/** @returns the same list where everything fits */
export function cutContent(blocks: readonly JsonRecord[], bytesMax: number): readonly JsonRecord[] {
  let left = bytesMax;
  let cut = false;
  const kept = blocks.map((block) => {
    const bytes = sizeOf(block);
    if (bytes <= left) {
      left -= bytes;
      return block;
    }
    cut = true;
    const shorter = shorten(block, left);
    left = 0;
    return shorter ?? note(`a part of the answer of ${bytes} bytes was left out: the answer is larger than this tool may return`);
  });
  return cut ? kept : blocks;
}

export const sizeOf = (value: Json): number => Buffer.byteLength(JSON.stringify(value));

/** Less than this of a text helps nobody. */
const PIECE_BYTES_MIN = 64;
/** Of the block around the text, and of the mark. */
const AROUND_BYTES = 160;

function shorten(block: JsonRecord, left: number): JsonRecord | undefined {
  const { type, text } = block;
  if (type !== 'text' || typeof text !== 'string' || looksLikeJson(text)) return undefined;
  const room = left - AROUND_BYTES;
  if (room < PIECE_BYTES_MIN) return undefined;
  const bytes = Buffer.from(text);
  // Escaped characters take more room in JSON than in the text.
  const share = bytes.length / sizeOf(text);
  const piece = wholeCharacters(bytes, Math.floor(room * share));
  return {
    ...block,
    text: `${piece}\n[countersign: cut here, ${bytes.length - Buffer.byteLength(piece)} of ${bytes.length} bytes are missing: the answer is larger than this tool may return]`,
  };
}

const looksLikeJson = (text: string): boolean => /^\s*[[{]/.test(text);

/** A cut inside of a character moves to its beginning. */
function wholeCharacters(bytes: Buffer, length: number): string {
  let end = Math.min(length, bytes.length);
  while (end > 0 && end < bytes.length && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.toString('utf8', 0, end);
}
