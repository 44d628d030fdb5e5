/** Apple property lists as XML: as much of them as a configuration profile needs. */

export type PlistValue = string | number | boolean | Uint8Array | readonly PlistValue[] | { readonly [key: string]: PlistValue };

const HEAD = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
`;

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '\r': '&#13;' };

/** @throws RangeError for a character that XML cannot hold, and for a number that is not whole */
function escaped(text: string): string {
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/u.test(text))
    throw new RangeError('a property list cannot hold this text');
  return text.replace(/[&<>\r]/g, (char) => ENTITIES[char] ?? char);
}

/** Keys in the order given. @throws RangeError as above */
export function plist(value: PlistValue): string {
  return `${HEAD}${element(value, '')}</plist>\n`;
}

function element(value: PlistValue, indent: string): string {
  if (typeof value === 'string') return `${indent}<string>${escaped(value)}</string>\n`;
  if (typeof value === 'boolean') return `${indent}<${value ? 'true' : 'false'}/>\n`;
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) throw new RangeError('a property list here holds whole numbers only');
    return `${indent}<integer>${value}</integer>\n`;
  }
  if (value instanceof Uint8Array) return `${indent}<data>${Buffer.from(value).toString('base64')}</data>\n`;
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    const items = (value as readonly PlistValue[]).map((item) => element(item, inner)).join('');
    return `${indent}<array>\n${items}${indent}</array>\n`;
  }
  const members = Object.entries(value as Readonly<Record<string, PlistValue>>)
    .map(([key, item]) => `${inner}<key>${escaped(key)}</key>\n${element(item, inner)}`)
    .join('');
  return `${indent}<dict>\n${members}${indent}</dict>\n`;
}
