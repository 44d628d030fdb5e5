/** Random shell text: fragments that mean something to some shell, single characters, and lines as agents write them with a change. */

/** A small generator with a seed, so that a finding can be made again. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const FRAGMENTS = [
  ...[
    'git',
    'rm',
    'a',
    'x=1',
    'A+=1',
    '-x',
    '+e',
    '%1',
    'if',
    'then',
    'time',
    'in',
    'export',
    'eval',
    'exec',
    'cd',
    'printf',
    'exit',
  ],
  ...[
    ' ',
    ' ',
    ' ',
    '  ',
    '\t',
    '\n',
    '\n\n',
    '\r',
    '\r\n',
    '\v',
    '\f',
    '\u00a0',
    '\u3000',
    '\u200b',
    '\u202e',
    '\ufeff',
    '\u0000',
    '\u0001',
    '\u007f',
  ],
  ...[' && ', ' || ', '; ', ' | ', '&&', '||', ';', '|', '&', '|&', ';;', ' & ', '!', '! ', ' # ', '#', 'a#b'],
  ...[
    "'",
    '"',
    "''",
    '""',
    "'a b'",
    '"a b"',
    '"a\\"b"',
    '"a\\b"',
    '"\\\\"',
    "'\\'",
    '\\ ',
    '\\\n',
    '\\a',
    '\\\\',
    "\\'",
    '\\"',
    '\\;',
    '\\é',
    '\\😀',
  ],
  ...[
    '2>&1',
    ' 2>&1',
    ' >/dev/null',
    ' > /dev/null',
    ' >>/dev/null',
    ' 2>/dev/null',
    ' </dev/null',
    ' 0</dev/null',
    '>&2',
    ' 1>&2',
    '<',
    '>',
    '>f',
    '<<<',
  ],
  ...[
    '$x',
    '$(a)',
    '`a`',
    '*',
    '?',
    '[a]',
    '{}',
    '{a}',
    '{a,b}',
    '{1..2}',
    'a{b',
    '}',
    '{',
    '(',
    ')',
    '~',
    'a~',
    '=~',
    ':~',
    '@{u}',
    'HEAD^',
    'a!b',
  ],
  ...['é', '😀', 'e\u0301', '\ud83d', '\u00ff', '-n', '--x=y', '--', ',', '.', '..', '=', ':', '@', '%', '^', '+', '0', '1', '2'],
];

const CHARACTERS = ' \t\n\'"\\;&|<>{}()#~=:,.!a0-+%@^é12$`*?[]\r';

const LINES = [
  'git log --oneline -n 20 --format="%h %s" -- src',
  "rg -n 'fn main' src && npm test 2>&1 | head -n 50",
  'git commit -m "Fix: \\"a\\" is not b; see #12"; git push',
  'find . -name x -exec rm {} \\; | wc -l >/dev/null',
  "sed -n '1,20p' a.ts || echo 'it'\\''s missing' >&2",
  'npm run build --workspace packages/kernel \\\n  && node dist/a.js </dev/null',
  'git show HEAD~1:src/a.ts @{u} HEAD^ stash@{0}',
  'cd a; ls -la\nprintf "%s\\n" x\ty',
];

const pick = <T>(random: () => number, from: readonly T[] | string): T | string =>
  from[Math.floor(random() * from.length)] as T | string;

const someOf = (random: () => number, from: readonly string[] | string, most: number): string =>
  Array.from({ length: 1 + Math.floor(random() * most) }, () => pick(random, from)).join('');

/** A line with pieces put in, taken out, or put elsewhere. */
function changed(random: () => number): string {
  let line = pick(random, LINES) as string;
  for (let times = 1 + Math.floor(random() * 3); times > 0; times--) {
    const at = Math.floor(random() * (line.length + 1));
    const to = random() < 0.5 ? at : Math.min(line.length, at + Math.floor(random() * 6));
    const piece = random() < 0.3 ? '' : (pick(random, random() < 0.5 ? FRAGMENTS : CHARACTERS) as string);
    line = line.slice(0, at) + piece + line.slice(to);
  }
  return line;
}

/** One text that a shell may or may not be able to read. */
export function randomText(random: () => number): string {
  const kind = random();
  if (kind < 0.5) return someOf(random, FRAGMENTS, 7);
  if (kind < 0.65) return `git ${someOf(random, CHARACTERS, 12)}`;
  return kind < 0.7 ? someOf(random, CHARACTERS, 9) : changed(random);
}
