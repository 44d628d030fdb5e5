/** Bytes as UTF-8 text, as far as they are: what is smuggled is often broken, and half a message is still a message. */
export function utf8Text(bytes: readonly number[]): string {
  let text = '';
  for (let at = 0; at < bytes.length; ) {
    const first = bytes[at] ?? 0;
    const length = first < 0x80 ? 1 : first >= 0xc2 && first < 0xe0 ? 2 : first >= 0xe0 && first < 0xf0 ? 3 : first >= 0xf0 && first < 0xf5 ? 4 : 0;
    const rest = bytes.slice(at + 1, at + length);
    if (length === 0 || rest.length !== length - 1 || rest.some((byte) => (byte & 0xc0) !== 0x80)) {
      at += 1;
      continue;
    }
    const lead = length === 1 ? first : first & (0xff >> (length + 1));
    const point = rest.reduce((value, byte) => value * 64 + (byte & 0x3f), lead);
    if (point >= 0x20 && point <= 0x10ffff && (point < 0xd800 || point > 0xdfff)) text += String.fromCodePoint(point);
    at += length;
  }
  return text;
}
