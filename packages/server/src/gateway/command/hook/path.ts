/** Where a path of a client leads, as far as text can say: links are for the file system, and for the git door. */

/** Kept by version control and by the agents' own settings: whoever writes there changes the rules for what comes next. */
const PROTECTED = new Set([
  '.git',
  '.codex',
  '.claude',
  '.agents',
  '.aws',
  '.ssh',
  '.mcp.json',
  '.gitmodules',
  '.vscode',
  '.idea',
]);

const ODD = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\\]/;
const CHARS_MAX = 4_096;

export type Place =
  | { readonly kind: 'inside' /** Below the root, with slashes; empty for the root itself. */; readonly path: string }
  | { readonly kind: 'outside' }
  | { readonly kind: 'odd' };

/** @param root absolute @param cwd absolute; where relative paths begin @param text as the client named it */
export function placeOf(root: string, cwd: string, text: string): Place {
  if (text.length === 0 || text.length > CHARS_MAX || ODD.test(text) || text.startsWith('~')) return { kind: 'odd' };
  const base = normal(root);
  const whole = normal(text.startsWith('/') ? text : `${cwd}/${text}`);
  if (base === undefined || whole === undefined) return { kind: 'odd' };
  if (whole === base) return { kind: 'inside', path: '' };
  const below = base === '/' ? '/' : `${base}/`;
  return whole.startsWith(below) ? { kind: 'inside', path: whole.slice(below.length) } : { kind: 'outside' };
}

/** Absolute and without `.` and `..`; undefined for what is not absolute. */
function normal(path: string): string | undefined {
  if (!path.startsWith('/')) return undefined;
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..') parts.pop();
    else parts.push(part);
  }
  return `/${parts.join('/')}`;
}

/** Compared as the file systems do that know no case: they fold what looks the same (`\u017f` is an s), and some pass over what cannot be seen. */
export const isProtected = (path: string): boolean => path.split('/').some((part) => PROTECTED.has(folded(part)));

const folded = (name: string): string =>
  name
    .replace(/\p{Default_Ignorable_Code_Point}/gu, '')
    .normalize('NFKC')
    .toLowerCase();

/**
 * Whether a path is one of the globs of a mandate, or below one: `**` is any depth, `*` any part of a name, `?` one character. A plain path means
 * everything below it.
 */
export function isWithin(globs: readonly string[], path: string): boolean {
  const parts = path === '' ? [] : path.split('/');
  return globs.some((glob) =>
    reaches(
      glob.split('/').filter((part) => part !== '' && part !== '.'),
      parts,
    ),
  );
}

/** Row by row: which beginnings of the path the beginning of the glob reaches. Time is the product of both lengths, whatever the glob. */
function reaches(glob: readonly string[], parts: readonly string[]): boolean {
  let row = parts.map(() => false);
  row = [true, ...row];
  for (const one of glob) {
    const next = row.map(() => false);
    for (let at = 0; at < row.length; at++) {
      if (one === '**') next[at] = row[at] === true || (at > 0 && next[at - 1] === true);
      else next[at] = at > 0 && row[at - 1] === true && isName(one, parts[at - 1] ?? '');
    }
    row = next;
  }
  // What is below a path that is reached belongs to it.
  return row.includes(true);
}

/** Wildcards within one name; the last star that was seen may take more, so no step is made twice. */
function isName(glob: string, name: string): boolean {
  let [at, from, star, mark] = [0, 0, -1, 0];
  while (from < name.length) {
    if (glob[at] === '*') [star, mark, at] = [at, from, at + 1];
    else if (at < glob.length && (glob[at] === '?' || glob[at] === name[from])) [at, from] = [at + 1, from + 1];
    else if (star >= 0) [at, mark, from] = [star + 1, mark + 1, mark + 1];
    else return false;
  }
  while (glob[at] === '*') at += 1;
  return at === glob.length;
}
