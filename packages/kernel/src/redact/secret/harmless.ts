/** Values that are known to be no secrets: references, filler, and what documentation prints. */

const WORDS =
  /example|dummy|change[_-]?me|placeholder|your[_-]|insert[_-]|redacted|sample|notreal|not[_-]a[_-]?real|xxxx|\*\*\*\*|\.\.\.\./i;
/** `${VAR}`, `$(command)`, `{{ template }}`, `<your-key>`, `%VAR%`, `process.env.X` and its kin in other languages. */
const REFERENCE =
  /\$\{|\$\(|\{\{|^<[^>]{1,80}>?$|^%[A-Za-z_]+%$|^\$[A-Za-z_]|^(?:process\.env|import\.meta|os\.environ|os\.getenv|env|ENV|vars|secrets|config|settings|self|this|data|var|local|params|args|options)[.[(]/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
/** A digest that says of itself which it is. */
export const INTEGRITY = /^sha(?:1|256|384|512)[-:=]/;
const GIT_ID = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/** Longest run of one character, and of characters that count up or down. */
function runs(value: string): { same: number; counting: number } {
  const text = value.toLowerCase();
  let [same, counting, nowSame, nowUp, nowDown] = [1, 1, 1, 1, 1];
  for (let i = 1; i < text.length; i++) {
    const step = text.charCodeAt(i) - text.charCodeAt(i - 1);
    nowSame = step === 0 ? nowSame + 1 : 1;
    nowUp = step === 1 ? nowUp + 1 : 1;
    nowDown = step === -1 ? nowDown + 1 : 1;
    same = Math.max(same, nowSame);
    counting = Math.max(counting, nowUp, nowDown);
  }
  return { same, counting };
}

/** Filler, references and documentation. `value` is what a rule would report. */
export function isHarmless(value: string): boolean {
  if (WORDS.test(value) || REFERENCE.test(value)) return true;
  if (new Set(value.toLowerCase()).size <= 4 && value.length >= 10) return true;
  const { same, counting } = runs(value);
  return same >= Math.max(6, value.length / 3) || counting >= 8;
}

/** What has the look of a key and is a public identifier: UUIDs, git ids, subresource integrity. */
export const isIdentifier = (value: string): boolean => UUID.test(value) || INTEGRITY.test(value) || GIT_ID.test(value);
