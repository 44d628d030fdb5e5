// Identifiers of TypeScript and JavaScript source: what remains when comments, strings and regular expressions are taken out.

const REGEX_MAY_FOLLOW = /(?:^|[([{,;=:?!&|+\-*%<>~^]|\b(?:return|typeof|case|in|of|do|else|throw|void|delete|await|yield))\s*$/;

function skipQuoted(text, start) {
  const quote = text[start];
  let at = start + 1;
  while (at < text.length && text[at] !== quote && text[at] !== '\n') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}

function skipRegex(text, start) {
  let at = start + 1;
  let inClass = false;
  while (at < text.length && text[at] !== '\n' && (inClass || text[at] !== '/')) {
    if (text[at] === '[') inClass = true;
    if (text[at] === ']') inClass = false;
    at += text[at] === '\\' ? 2 : 1;
  }
  at += 1;
  while (/[a-z]/.test(text[at] ?? '')) at += 1;
  return at;
}

function skipComment(text, start) {
  const end = text[start + 1] === '/' ? text.indexOf('\n', start) : text.indexOf('*/', start + 2) + 2;
  return end <= 1 ? text.length : end;
}

/** Past the template that starts at `start`; the code inside `${}` is appended to `out`. */
function skipTemplate(text, start, out) {
  let at = start + 1;
  while (at < text.length && text[at] !== '`') {
    if (text[at] === '\\') at += 2;
    else if (text[at] === '$' && text[at + 1] === '{') at = strip(text, at + 2, out, true);
    else at += 1;
  }
  return at + 1;
}

/** Where the comment, string, template or regular expression that starts at `at` ends; undefined where code goes on. */
function skipped(text, at, out) {
  const char = text[at];
  if (char === "'" || char === '"') return skipQuoted(text, at);
  if (char === '`') return skipTemplate(text, at, out);
  if (char !== '/') return undefined;
  if (text[at + 1] === '/' || text[at + 1] === '*') return skipComment(text, at);
  return REGEX_MAY_FOLLOW.test(text.slice(Math.max(0, at - 40), at)) ? skipRegex(text, at) : undefined;
}

const DEPTH = { '{': 1, '}': -1 };

/** Appends the code from `start` on to `out`; with `nested`, up to the brace that closes a template's `${`. */
function strip(text, start, out, nested) {
  let at = start;
  let depth = 0;
  let from = start;
  while (at < text.length && depth >= 0) {
    const next = skipped(text, at, out);
    if (next !== undefined) out.push(text.slice(from, at), ' ');
    else if (nested) depth += DEPTH[text[at]] ?? 0;
    at = next ?? at + 1;
    if (next !== undefined) from = next;
  }
  out.push(text.slice(from, at), ' ');
  return at;
}

/** Every identifier once. */
export function identifiersOf(text) {
  const out = [];
  strip(text, 0, out, false);
  return [...new Set(out.join('').match(/[A-Za-z_$][\w$]*/g) ?? [])];
}
