// How fast the scanner is, how much of that its prefilter brings, what it finds of its own examples, and what the worst text costs:
// npm run bench:scan [-- --quick]. The same patterns run without the prefilter on a sample of the same corpus, in the same process.
import { cpus } from 'node:os';
import { allDetectors, checkExamples, guessPlace, makeScanner } from '@countersign/kernel/redact';
import { SECRET_RULES } from '../packages/kernel/dist/redact/secret/index.js';
import { sha256 } from '../packages/server/dist/verify/sha256.js';
import { corpus } from './scan/corpus.mjs';
import { probesOf } from './scan/probes.mjs';

const isQuick = process.argv.includes('--quick');
const CORPUS_UNITS = 13_000_000;
const ROUNDS = isQuick ? 3 : 8;
/** Units of the corpus that the patterns alone run over. */
const SAMPLE_UNITS = isQuick ? 300_000 : 2_000_000;
/** Every so many keywords get their probes. */
const PROBE_STEP = isQuick ? 12 : 1;

const log = (line) => process.stderr.write(`${line}\n`);
const round = (value) => Math.round(value * 100) / 100;
const scanner = makeScanner({ detectors: allDetectors(), sha256, key: new Uint8Array(32) });
const profileOf = (place) => ({ place, regions: [], kinds: ['secret'], redact: ['secret'] });

function timed(call) {
  const before = performance.now();
  call();
  return performance.now() - before;
}

/** The quietest of some rounds: other programs only ever add. */
const quietest = (rounds, call) => Math.min(...Array.from({ length: rounds }, () => timed(call)));

const escaped = (text) => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
const anyCase = (keyword) => escaped(keyword).replace(/[a-z]/g, (letter) => `[${letter}${letter.toUpperCase()}]`);

/** A rule's pattern as it would run without a prefilter: over the whole text, its keyword part of it. */
function wholePattern(rule) {
  const keyword = `(?:${rule.keywords.map(anyCase).join('|')})`;
  return new RegExp(rule.anchor === 'end' ? `${keyword}${rule.pattern}` : rule.pattern, `g${rule.flags}`);
}

function withoutPrefilter(files) {
  const patterns = SECRET_RULES.map(wholePattern);
  let matches = 0;
  const ms = timed(() => {
    for (const { text } of files) for (const pattern of patterns) for (const _ of text.matchAll(pattern)) matches += 1;
  });
  return { ms, matches };
}

function sampleOf(files) {
  const sample = [];
  let units = 0;
  const step = Math.max(1, Math.floor(files.length / 200));
  for (let at = 0; at < files.length && units < SAMPLE_UNITS; at += step) {
    sample.push(files[at]);
    units += files[at].text.length;
  }
  return { sample, units };
}

/** Processor time of a call, milliseconds: the other programs of this machine are not the pattern's fault. */
function cpuTimed(call) {
  const before = process.cpuUsage();
  call();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

/** The probe that costs most processor time, and how long it takes when nothing else runs. */
function worstProbe() {
  const keywords = [...new Set(SECRET_RULES.flatMap((rule) => rule.keywords))].filter((_, at) => at % PROBE_STEP === 0);
  let worst = { cpu: 0, text: '', name: '' };
  let count = 0;
  for (const keyword of keywords) {
    for (const [at, text] of probesOf(keyword).entries()) {
      count += 1;
      const cpu = cpuTimed(() => scanner.redact(text, profileOf('data')));
      if (cpu > worst.cpu) worst = { cpu, text, name: `${keyword}, family ${at}` };
    }
  }
  return { ms: quietest(10, () => scanner.redact(worst.text, profileOf('data'))), name: worst.name, cpu: worst.cpu, count };
}

log(`Node ${process.version}, ${cpus()[0]?.model ?? 'unknown processor'}, ${scanner.rules.length} rules`);
const { files, total } = corpus(CORPUS_UNITS);
let findings = 0;
const pass = () => {
  findings = 0;
  for (const { path, text } of files) findings += scanner.scan(text, profileOf(guessPlace(path, text))).findings.length;
};
pass();
const ms = quietest(ROUNDS, pass);
const mbPerSecond = total / 1_000 / ms;
log(`${files.length} files, ${round(total / 1e6)} MB: ${round(mbPerSecond)} MB/s, ${findings} findings`);

const { sample, units } = sampleOf(files);
const bare = withoutPrefilter(sample);
const bareMbPerSecond = units / 1_000 / bare.ms;
log(`the patterns alone, ${round(units / 1e6)} MB: ${round(bareMbPerSecond)} MB/s, ${bare.matches} matches before any check`);

const failures = checkExamples(scanner);
const positives = scanner.rules.reduce((sum, rule) => sum + rule.positive.length, 0);
const negatives = scanner.rules.reduce((sum, rule) => sum + rule.negative.length, 0);
const missed = failures.filter(({ what }) => what === 'missed').length;
const recall = (positives - missed) / positives;
const falseAlarms = (failures.length - missed) / negatives;
log(
  `examples: ${positives} positive, recall ${round(recall * 100)} %; ${negatives} negative, ${round(falseAlarms * 100)} % false alarms`,
);

const worst = worstProbe();
log(
  `worst of ${worst.count} texts of 100 KB: ${round(worst.ms)} ms, ${round(worst.cpu)} ms of processor time at first (${worst.name})`,
);
const ratios = {
  prefilterGain: round(mbPerSecond / bareMbPerSecond),
  mbPerSecond: round(mbPerSecond),
  worstMs: round(worst.ms),
  recall: round(recall),
  falseAlarms: round(falseAlarms),
  findingsPerMb: round(findings / (total / 1e6)),
};
process.stdout.write(`${JSON.stringify({ bench: 'scan', ratios })}\n`);
