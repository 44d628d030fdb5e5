// How fast shell text is taken apart and judged, beside a parse of the same text by tree-sitter: npm run bench:command [-- --quick].
// Both splits run in the same process, in turns; the parse counts without what an adapter would do with its tree.
import { createRequire } from 'node:module';
import { cpus } from 'node:os';
import { judgeCommand, split } from '@countersign/kernel/command';

const isQuick = process.argv.includes('--quick');
const ROUNDS = isQuick ? 5 : 20;
const RULES = 500;
/** Calls in one round. */
const CALLS = {
  short: isQuick ? 4_000 : 20_000,
  long: isQuick ? 20 : 60,
  parse: isQuick ? 400 : 2_000,
  verdict: isQuick ? 2_000 : 10_000,
};

const log = (line) => process.stderr.write(`${line}\n`);
const round = (value) => Math.round(value * 100) / 100;

/** Lines as agents write them, of about 150 characters. */
const LINES = [
  `git log --oneline -n 20 --format='%h %s' -- packages/kernel/src/command && npm run build --workspace packages/kernel 2>&1 | head -n 50; rg -n "TODO" src`,
  `cd packages/kernel && rg -n --glob '*.ts' "export function" src/command | sort | uniq -c | head -n 40 && sed -n '1,120p' src/command/split.ts; ls -la src`,
  `npm test -- --project unit packages/kernel/src/command/split.test.ts 2>&1 | tail -n 60 && git diff --stat HEAD~1 -- packages && git status --short >/dev/null`,
];
const LONG = `${LINES.join('\n')}\n`
  .repeat(200)
  .slice(0, 60_000)
  .replace(/[^\n]*$/, '');

/** Every third forbids, asks, allows; of a hundred programs. The lines use some of the first ones. */
const PROGRAMS = [
  'git',
  'npm',
  'rg',
  'sed',
  'ls',
  'head',
  'tail',
  'sort',
  'uniq',
  ...Array.from({ length: 91 }, (_, at) => `program${at}`),
];
const rules = {
  default: 'ask',
  executables: new Map(),
  gates: new Map(),
  rules: Array.from({ length: RULES }, (_, at) => ({
    id: `rule.${at}`,
    decision: ['forbid', 'ask', 'allow'][at % 3],
    class: 'draft',
    form:
      at % 5 === 0
        ? { kind: 'options', program: PROGRAMS[at % 100], flags: ['-n', '-a=', '--long='], operands: 'paths' }
        : {
            kind: 'prefix',
            words: [[PROGRAMS[at % 100]], [`verb${at}`, `word${at}`]],
            ...(at % 7 === 0 ? { having: ['--force', '-f'] } : {}),
          },
    why: 'A rule.',
    match: [],
    notMatch: [],
  })),
};
const facts = { cwd: '/srv/repo', roots: ['/srv/repo'] };

/** Microseconds a call, in the quietest round: other programs only ever add. */
function microseconds(calls, call) {
  const before = performance.now();
  for (let at = 0; at < calls; at++) call(at);
  return ((performance.now() - before) * 1_000) / calls;
}

async function makeParser() {
  const { resolve } = createRequire(new URL('../packages/server/package.json', import.meta.url));
  const { Language, Parser } = await import(resolve('web-tree-sitter').replace(/\.cjs$/, '.js'));
  await Parser.init({ locateFile: () => resolve('web-tree-sitter/web-tree-sitter.wasm') });
  const parser = new Parser();
  parser.setLanguage(await Language.load(resolve('tree-sitter-bash/tree-sitter-bash.wasm')));
  return parser;
}

/** What a split by a parser costs at the least: the tree, and the text of every word in it. */
function parsed(parser, text) {
  const tree = parser.parse(text);
  const commands = tree.rootNode.descendantsOfType('command').map((node) => node.children.map((child) => child.text));
  tree.delete();
  return commands;
}

log(`Node ${process.version}, ${cpus()[0]?.model ?? 'unknown processor'}, ${RULES} rules`);
for (const text of [...LINES, LONG])
  if (!split(text, 'bash').ok) throw new Error(`the splitter must understand ${text.slice(0, 60)}`);
const parser = await makeParser();
const lineOf = (at) => LINES[at % LINES.length];
const best = { short: Infinity, long: Infinity, parse: Infinity, verdict: Infinity };
for (let turn = 0; turn < ROUNDS; turn++) {
  const now = {
    short: microseconds(CALLS.short, (at) => split(lineOf(at), 'bash')),
    parse: microseconds(CALLS.parse, (at) => parsed(parser, lineOf(at))),
    long: microseconds(CALLS.long, () => split(LONG, 'bash')),
    verdict: microseconds(CALLS.verdict, (at) => judgeCommand(lineOf(at), 'bash', rules, facts)),
  };
  for (const key of Object.keys(best)) best[key] = Math.min(best[key], now[key]);
}
const ratios = {
  parserTimes: round(best.parse / best.short),
  splitUs150: round(best.short),
  splitMs60k: round(best.long / 1_000),
  verdictUs500: round(best.verdict),
};
log(
  `${LINES.map(({ length }) => length).join(', ')} characters: split ${ratios.splitUs150} us, parse ${round(best.parse)} us, verdict ${ratios.verdictUs500} us`,
);
log(`${round(LONG.length / 1_000)} KB: split ${ratios.splitMs60k} ms`);
process.stdout.write(`${JSON.stringify({ bench: 'command', ratios })}\n`);
