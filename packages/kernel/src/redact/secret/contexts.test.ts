import { expect, test } from 'vitest';
import type { Found } from '../find.ts';
import { find } from '../find.ts';
import { secretDetector, SECRET_RULES } from './index.ts';
import type { SecretRule } from './rule.ts';

const detectors = [secretDetector(SECRET_RULES)];
const OPTIONS = { place: 'data', regions: [], detectors } as const;

const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);

/** The ways in which a value is written down; `i` is a name, `s` the value. */
const CONTEXTS: Readonly<Record<string, (i: string, s: string) => string>> = {
  'INI, quoted': (i, s) => `${i}Token="${s}"`,
  'INI, bare': (i, s) => `${i}Token = ${s}`,
  'environment file': (i, s) => `${i.toUpperCase()}_TOKEN=${s}\nNEXT=1`,
  JSON: (i, s) => `{\n    "${i}_token": "${s}"\n}`,
  'JSON in a string': (i, s) => `"{\\"${i}_token\\": \\"${s}\\"}"`,
  YAML: (i, s) => `${i}_token: ${s}\n`,
  'YAML, quoted': (i, s) => `${i}_token: '${s}'`,
  'YAML, a block': (i, s) => `${i}_token: |\n  ${s}\n`,
  XML: (i, s) => `<${i}Token>${s}</${i}Token>`,
  'XML, indented': (i, s) => `<${i}Token>\n    ${s}\n</${i}Token>`,
  'a shell command': (i, s) => `export ${i.toUpperCase()}_TOKEN="${s}" && run`,
  'a constant': (i, s) => `const ${i}Token = '${s}';`,
  Go: (i, s) => `var ${i}Token string = "${s}"`,
  'Go, short': (i, s) => `${i}Token := \`${s}\``,
  'C#': (i, s) => `string ${i}Token = "${s}";`,
  TypeScript: (i, s) => `  readonly ${i}Token: string = "${s}";`,
  'a call': (i, s) => `client.set${capital(i)}Token("${s}")`,
  CSV: (i, s) => `${i}Token,${s},1`,
  Logstash: (i, s) => `  "${i}Token" => "${s}"`,
  Makefile: (i, s) => `${i.toUpperCase()}_TOKEN ?= "${s}"`,
  'a log line': (i, s) => `2026-01-01T00:00:00Z INFO using ${i} token: ${s} for the call`,
  Markdown: (i, s) => `Set the ${i} token: \`${s}\`.`,
  'a diff line': (i, s) => `+${i}_token: "${s}"`,
  'a URL': (i, s) => `https://api.acme.internal/?${i}_token=${s}&page=2`,
};

/** Rules whose values stand in a place of their own: they have their examples. */
const OWN_PLACE = new Set([
  'Cookie',
  'curl',
  'AccountKey',
  'machine',
  'kind:',
  'Authorization',
  'auth',
  'npm',
  '"type"',
  'client-key',
  'sig=',
  'Shared',
  'add key',
  'kty',
  'password',
  'PRIVATE',
  'mysql',
  'postgres',
  'X-Api',
]);
const hasOwnPlace = ({ pattern, positive, anchor }: SecretRule) =>
  anchor === 'start' &&
  pattern.endsWith(')') &&
  pattern.includes('(') &&
  !pattern.endsWith('))') &&
  [...OWN_PLACE].some((word) => positive.some((text) => text.includes(word)));

const valueIn = (rule: SecretRule): { text: string; hit: Found } | undefined => {
  for (const text of rule.positive) {
    const hit = find(text, OPTIONS).find((one) => one.rule === rule.id && one.path === undefined);
    if (hit !== undefined) return { text, hit };
  }
  return undefined;
};

const RULES = SECRET_RULES.filter((rule) => rule.confidence > 1 && !hasOwnPlace(rule));

test.each(Object.entries(CONTEXTS))('%s', (_name, write) => {
  const missed: string[] = [];
  const moved: string[] = [];
  for (const rule of RULES) {
    const value = valueIn(rule)?.hit.value ?? '';
    const name = rule.anchor === 'end' ? (rule.keywords[0] ?? '') : 'deploy';
    const text = write(name, value);
    const hits = find(text, OPTIONS).filter((hit) => hit.rule === rule.id);
    if (hits.length === 0) missed.push(rule.id);
    else if (!hits.some(({ start, end }) => text.slice(start, end) === value)) moved.push(rule.id);
  }
  expect({ missed, moved }).toEqual({ missed: [], moved: [] });
});
