/** A git configuration as git reads it (git-config(1), "Syntax"), but for a reader that fears what it says: a broken line hides none of the others. */

export interface GitSetting {
  /** Lower case; the name of a subsection does not count. */
  readonly section: string;
  /** Lower case. */
  readonly key: string;
  /** Unquoted; empty for a key alone. */
  readonly value: string;
}

const HEADER = /\[[ \t]*([A-Za-z0-9.-]+)(?:[ \t]+"(?:[^"\\\n]|\\.)*")?[ \t]*\]/y;
const KEY = /([A-Za-z][A-Za-z0-9-]*)[ \t]*(=?)[ \t]*/y;
/** Up to the end of a value: quoted parts, escapes (a line that goes on is one), anything but a comment. */
const VALUE = /(?:"(?:[^"\\\n]|\\[^])*"?|\\\r?[^]|[^"\\\n#;])*/y;
const REST = /[^\n]*\n?/y;
const BLANK = /(?:\s|\ufeff)+/y;

/** Every setting of `text`, in order. */
export function gitSettings(text: string): GitSetting[] {
  const found: GitSetting[] = [];
  let section = '';
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | undefined => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match === null || match[0] === '') return undefined;
    at += match[0].length;
    return match;
  };
  while (at < text.length) {
    if (take(BLANK) !== undefined) continue;
    const header = take(HEADER);
    if (header !== undefined) {
      // `[section.sub]` is the old way to write a subsection.
      section = (header[1] ?? '').toLowerCase().split('.')[0] ?? '';
      continue;
    }
    const key = take(KEY);
    if (key === undefined) take(REST);
    else
      found.push({ section, key: (key[1] ?? '').toLowerCase(), value: key[2] === '=' ? unquoted(take(VALUE)?.[0] ?? '') : '' });
  }
  return found;
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', b: '\b', '\n': '', '\r\n': '' };

const unquoted = (raw: string): string =>
  raw.replaceAll(/\\(\r\n|[^])|"/g, (_, escaped?: string) => (escaped === undefined ? '' : (ESCAPES[escaped] ?? escaped))).trim();
