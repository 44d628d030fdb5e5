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
  Rust: (i, s) => `pub const ${i.toUpperCase()}_TOKEN: &str = "${s}";`,
  'Rust, with a lifetime': (i, s) => `static ${i.toUpperCase()}_TOKEN: &'static str = "${s}";`,
  'Rust, optional': (i, s) => `let ${i}_token: Option<String> = Some("${s}");`,
  'TypeScript, a union': (i, s) => `let ${i}Token: string | undefined = "${s}";`,
  'Python, annotated': (i, s) => `${i.toUpperCase()}_TOKEN: Final[str] = "${s}"`,
  'Python, bytes': (i, s) => `${i.toUpperCase()}_TOKEN = b'${s}'`,
  'Python, wrapped': (i, s) => `${i}_token = SecretStr("${s}")`,
  'C, an array': (i, s) => `static const char ${i}_token[] = "${s}";`,
  'Objective-C': (i, s) => `NSString *${i}Token = @"${s}";`,
  'a fallback': (i, s) => `process.env.${i.toUpperCase()}_TOKEN ?? "${s}"`,
  'Kubernetes, an environment': (i, s) => `env:\n  - name: ${i.toUpperCase()}_TOKEN\n    value: "${s}"\n`,
  'JSON, a list of names and values': (i, s) => `[{ "name": "${i.toUpperCase()}_TOKEN", "value": "${s}" }]`,
  'JSON, an object of its own': (i, s) => `{ "${i}Token": { "value": "${s}" } }`,
  Terraform: (i, s) => `variable "${i}_token" {\n  type    = string\n  default = "${s}"\n}`,
  'a property list': (i, s) => `<key>${i}Token</key>\n  <string>${s}</string>`,
  'XML, an attribute between': (i, s) => `<${i}Token type="string">${s}</${i}Token>`,
  'XML, character data': (i, s) => `<${i}Token><![CDATA[${s}]]></${i}Token>`,
  'XML, a name and a value': (i, s) => `<property><name>${i}.token</name><value>${s}</value></property>`,
  'XML, a setting': (i, s) => `<setting name="${i}Token" serializeAs="String">\n  <value>${s}</value>`,
  'a container file': (i, s) => `ENV ${i.toUpperCase()}_TOKEN=${s}\nRUN npm ci`,
};

/** A value that is a part of its match stands in a place of its own, which the examples of its rule have. */
const hasOwnPlace = ({ pattern, anchor }: SecretRule) =>
  anchor === 'start' && /(?<!\\)\((?!\?)/.test(pattern.replace(/\[(?:\\.|[^\]])+\]/g, ''));

const valueIn = (rule: SecretRule): { text: string; hit: Found } | undefined => {
  for (const text of rule.positive) {
    const hit = find(text, OPTIONS).find((one) => one.rule === rule.id && one.path === undefined);
    if (hit !== undefined) return { text, hit };
  }
  return undefined;
};

const RULES = SECRET_RULES.filter((rule) => rule.confidence > 1 && !hasOwnPlace(rule)).map((rule) => ({
  rule,
  value: valueIn(rule)?.hit.value ?? '',
}));

test.each(Object.entries(CONTEXTS))('%s', (_name, write) => {
  const missed: string[] = [];
  const moved: string[] = [];
  for (const { rule, value } of RULES) {
    const name = rule.anchor === 'end' ? (rule.keywords[0] ?? '') : 'deploy';
    const text = write(name, value);
    const hits = find(text, OPTIONS).filter((hit) => hit.rule === rule.id);
    if (hits.length === 0) missed.push(rule.id);
    else if (!hits.some(({ start, end }) => text.slice(start, end) === value)) moved.push(rule.id);
  }
  expect({ missed, moved }).toEqual({ missed: [], moved: [] });
});
