/** Bytes as UTF-8 text, as far as they are: what is smuggled is often broken, and half a message is still a message. */

/** Bytes of the sequence that `first` begins; 0 where it begins none. */
function sequenceLength(first: number): number {
  if (first < 0x80) return 1;
  if (first < 0xc2 || first >= 0xf5) return 0;
  if (first < 0xe0) return 2;
  return first < 0xf0 ? 3 : 4;
}

/** What may be shown: no control, no half of a pair. */
const isShown = (point: number): boolean => point >= 0x20 && point <= 0x10ffff && (point < 0xd800 || point > 0xdfff);

/** The text of the sequences that are whole; other bytes are left out. */
export function utf8Text(bytes: readonly number[]): string {
  let text = '';
  for (let at = 0; at < bytes.length; ) {
    const first = bytes[at] ?? 0;
    const length = sequenceLength(first);
    const rest = bytes.slice(at + 1, at + length);
    if (length === 0 || rest.length !== length - 1 || rest.some((byte) => (byte & 0xc0) !== 0x80)) {
      at += 1;
      continue;
    }
    const lead = length === 1 ? first : first & (0xff >> (length + 1));
    const point = rest.reduce((value, byte) => value * 64 + (byte & 0x3f), lead);
    if (isShown(point)) text += String.fromCodePoint(point);
    at += length;
  }
  return text;
}
