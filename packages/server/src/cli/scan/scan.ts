/** `scan`: a fast look at files, without a server. */
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import {
  allDetectors,
  checkExamples,
  FINDING_KINDS,
  guessPlace,
  makeScanner,
  positions,
  type Finding,
  type TextPlace,
  type TextScanner,
} from '@countersign/kernel/redact';
import { printable, type Call } from '../call.ts';
import { CliError, type ExitName } from '../exit.ts';
import { ruleRows, rulesTable } from './rules.ts';
import { type Source, sources } from './sources.ts';

const PLACES: readonly TextPlace[] = ['code', 'prose', 'data', 'definition'];
const KEY_BYTES = 32;

interface ScannedFile {
  readonly file: string;
  readonly place: TextPlace;
  /** Why the file could not be judged whole. */
  readonly unscannable?: string;
}

interface FileFinding {
  readonly file: string;
  readonly rule: string;
  readonly kind: string;
  readonly class: 'restricted' | 'confidential' | 'internal';
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  readonly confidence: number;
  readonly validator?: string;
  readonly path?: string;
  readonly fingerprint: string;
}

function placeOf(call: Call): TextPlace | undefined {
  const given = call.text('place');
  if (given === undefined) return undefined;
  const place = PLACES.find((one) => one === given);
  if (place === undefined) throw new CliError('usage', `\`--place\` must be one of ${PLACES.join(', ')}, not \`${given}\``);
  return place;
}

function regionsOf(call: Call): string[] {
  const codes = (call.text('region') ?? '').split(',').filter((code) => code !== '');
  for (const code of codes)
    if (!/^[A-Z]{2}$/.test(code)) throw new CliError('usage', `\`--region\` must list codes such as GB,NL, not \`${code}\``);
  return codes;
}

function keyOf(call: Call): Uint8Array {
  const file = call.text('keyFile');
  if (file === undefined) return randomBytes(KEY_BYTES);
  try {
    const key = readFileSync(resolve(call.io.cwd, file));
    if (key.length >= KEY_BYTES) return key;
  } catch (cause) {
    throw new CliError('usage', `The key file \`${file}\` cannot be read`, { cause });
  }
  throw new CliError('usage', `The key file \`${file}\` has fewer than ${KEY_BYTES} bytes`);
}

const CLASS_OF = { restricted: 'restricted', confidential: 'confidential', none: 'internal' } as const;

function fileFinding(file: string, at: ReturnType<typeof positions>, finding: Finding): FileFinding {
  const { rule, kind, raises, start, end, confidence, validator, path, fingerprint } = finding;
  const [from, to] = [at(start), at(end)];
  return {
    file,
    rule,
    kind,
    class: CLASS_OF[raises],
    line: from.line,
    column: from.column,
    endLine: to.line,
    endColumn: to.column,
    confidence,
    ...(validator === undefined ? {} : { validator }),
    ...(path === undefined ? {} : { path }),
    fingerprint,
  };
}

interface Asked {
  readonly scanner: TextScanner;
  readonly place: TextPlace | undefined;
  readonly regions: readonly string[];
}

function scanSource({ file, text, isTooLarge, unreadable }: Source, { scanner, place: given, regions }: Asked) {
  const place = given ?? guessPlace(file, text);
  if (unreadable !== undefined) return { scanned: { file, place, unscannable: 'unreadable' }, findings: [] };
  if (isTooLarge) return { scanned: { file, place, unscannable: 'size' }, findings: [] };
  const { findings, unscannable } = scanner.scan(text, { place, regions, kinds: FINDING_KINDS, redact: [] });
  const at = positions(text);
  const scanned: ScannedFile = { file, place, ...(unscannable === undefined ? {} : { unscannable }) };
  return { scanned, findings: findings.map((finding) => fileFinding(file, at, finding)) };
}

function showRules(call: Call, scanner: TextScanner): ExitName {
  if (!call.flag('check')) {
    if (call.json) call.print({ digest: scanner.digest, rules: ruleRows(scanner.rules) });
    else call.write(rulesTable(scanner.rules));
    return 'ok';
  }
  const failures = checkExamples(scanner);
  if (call.json) call.print({ digest: scanner.digest, rules: scanner.rules.length, failures });
  else for (const { rule, what, index } of failures) call.write(`${rule}: ${what}, example ${index}`);
  call.say(`${scanner.rules.length} rules, ${failures.length} examples that fail`);
  return failures.length === 0 ? 'ok' : 'failed';
}

export async function scan(call: Call): Promise<ExitName> {
  const names = (Array.isArray(call.args[0]) ? call.args[0] : []).map(String);
  const [place, regions] = [placeOf(call), regionsOf(call)];
  const sha256 = (bytes: Uint8Array) => new Uint8Array(createHash('sha256').update(bytes).digest());
  const scanner = makeScanner({ detectors: allDetectors(), sha256, key: keyOf(call) });
  if (call.flag('rules')) return showRules(call, scanner);
  if (call.flag('check')) throw new CliError('usage', '`--check` goes with `--rules`');
  if (names.length === 0)
    throw new CliError('usage', 'Nothing to scan was named', { next: 'countersign scan FILE..., or `-` for standard input' });
  const files: ScannedFile[] = [];
  const findings: FileFinding[] = [];
  const unread: Source[] = [];
  for (const source of sources(names, call.io.cwd)) {
    if (source.unreadable !== undefined) unread.push(source);
    const { scanned, findings: found } = scanSource(source, { scanner, place, regions });
    files.push(scanned);
    for (const finding of found) findings.push(finding);
  }
  if (unread.length < files.length) show(call, files, findings);
  refuseUnread(unread);
  return findings.length === 0 && files.every(({ unscannable }) => unscannable === undefined) ? 'ok' : 'failed';
}

/** Said last, when what could be read has been shown. */
function refuseUnread([first, ...rest]: readonly Source[]): void {
  if (first === undefined) return;
  const more = rest.length === 0 ? '' : `, and ${rest.length} more`;
  throw new CliError('usage', `\`${first.file}\`${more} cannot be read`, {
    ...(first.unreadable === undefined ? {} : { why: first.unreadable }),
    next: 'name files or directories that exist, or `-` for standard input',
  });
}

function show(call: Call, files: readonly ScannedFile[], findings: readonly FileFinding[]): void {
  if (call.json) {
    call.print({ files, findings });
    return;
  }
  for (const { file, line, column, rule, confidence, path } of findings)
    call.write(
      `${printable(file)}:${line}:${column}: ${rule}, confidence ${confidence}${path === undefined ? '' : ` (in ${path})`}`,
    );
  for (const { file, unscannable } of files)
    if (unscannable !== undefined) call.write(`${printable(file)}: unscannable: ${unscannable}`);
  call.say(
    `${files.length} ${files.length === 1 ? 'file' : 'files'}, ${findings.length} ${findings.length === 1 ? 'finding' : 'findings'}`,
  );
}
