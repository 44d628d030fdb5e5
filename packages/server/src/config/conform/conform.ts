/**
 * Runs cases that others wrote, in Cedar's public JSON formats, through our evaluator: decision, determining policies, failing policies, and
 * validation. Nothing is skipped in silence: a test file that cannot be read is a failed case, and so is a folder without cases.
 */
import { relative } from 'node:path';
import {
  type EntityView,
  EvaluationFailure,
  evaluatePlain,
  type PlainAnswer,
  plainContext,
  plainRequestProblem,
} from '@countersign/kernel/cedar';
import { Fault } from '@countersign/kernel/fault';
import type { ForeignCedar } from '../../ports/cedar.ts';
import { type ExpectedAnswer, type ForeignRequest, type ForeignTest, readTest, UnreadableTest } from './cases.ts';
import { jsonFiles, readJson } from './files.ts';
import { entitiesOf, type LoadedTest, loadTest, type Place } from './load.ts';

export interface ConformanceCase {
  /** Path below the folder, and what the case says about itself. */
  readonly name: string;
  readonly passed: boolean;
  readonly expected: string;
  readonly got: string;
}

export interface ConformanceReport {
  readonly total: number;
  readonly passed: number;
  readonly failed: number;
  readonly cases: readonly ConformanceCase[];
}

export interface ConformanceOptions {
  readonly cedar: ForeignCedar;
  /** Called after each file. */
  readonly onProgress?: (progress: { readonly file: string; readonly files: number; readonly done: number }) => void;
}

interface Answer extends PlainAnswer {
  /** Ids that the policies give themselves by `@id`, for cases that use those. */
  readonly aliases: ReadonlyMap<string, string>;
}

const NOTHING: PlainAnswer = { decision: 'deny', reason: [], errors: [] };

/** A request that is not valid is denied, without a policy having been asked. */
function answerOf(loaded: LoadedTest, entities: EntityView, request: ForeignRequest): PlainAnswer {
  const { principal, action, resource, validateRequest } = request;
  try {
    const context = plainContext(request.context, loaded.schema, action);
    const asked = { principal, action, resource, context };
    if (validateRequest && loaded.schema !== undefined && plainRequestProblem(loaded.schema, asked) !== undefined) return NOTHING;
    return evaluatePlain(loaded.policies, entities, asked);
  } catch (thrown) {
    if (thrown instanceof EvaluationFailure || thrown instanceof Fault) return NOTHING;
    throw thrown;
  }
}

const sorted = (ids: readonly string[]): string => JSON.stringify([...new Set(ids)].sort());

function isSameIds(expected: readonly string[], got: readonly string[], aliases: ReadonlyMap<string, string>): boolean {
  const named = got.map((id) => aliases.get(id) ?? id);
  return sorted(expected) === sorted(got) || sorted(expected) === sorted(named);
}

function isAnswer(expected: ExpectedAnswer, { decision, reason, errors, aliases }: Answer): boolean {
  if (expected.decision !== decision) return false;
  const failing = errors.map(({ policy }) => policy);
  if (expected.errorCount !== undefined && expected.errorCount !== failing.length) return false;
  if (expected.errors !== undefined && !isSameIds(expected.errors, failing, aliases)) return false;
  if (expected.reason === undefined) return true;
  if (expected.isReasonPartial) return expected.reason.every((id) => reason.some((own) => own === id || aliases.get(own) === id));
  return isSameIds(expected.reason, reason, aliases);
}

const showExpected = ({ decision, reason, errors, errorCount }: ExpectedAnswer): string =>
  JSON.stringify({ decision, reason, errors: errors ?? errorCount });

const showGot = ({ decision, reason, errors }: PlainAnswer): string =>
  JSON.stringify({ decision, reason, errors: errors.map(({ policy }) => policy) });

async function runRequest(loaded: LoadedTest, request: ForeignRequest, place: Place, name: string): Promise<ConformanceCase> {
  const entities = loaded.entities ?? (await entitiesOf(request.entities, loaded.schema, place));
  const aliases = new Map(
    loaded.policies.flatMap(({ id, annotations }) => (annotations.id ? [[id, annotations.id] as const] : [])),
  );
  const answer = { ...answerOf(loaded, entities, request), aliases };
  return { name, passed: isAnswer(request.expected, answer), expected: showExpected(request.expected), got: showGot(answer) };
}

async function runValidation(
  loaded: LoadedTest,
  shouldValidate: boolean,
  cedar: ForeignCedar,
  name: string,
): Promise<ConformanceCase> {
  const expected = shouldValidate ? 'validates' : 'does not validate';
  if (loaded.schemaOriginal === undefined) return { name, passed: false, expected, got: 'no schema' };
  const isValid = await cedar.validates(loaded.set, loaded.schemaOriginal);
  return { name, passed: isValid === shouldValidate, expected, got: isValid ? 'validates' : 'does not validate' };
}

/** What went wrong, for the person who runs the cases; these are their own files, so nothing is hidden. */
function problemOf(thrown: unknown): string {
  if (thrown instanceof Fault) return thrown.internalText ?? thrown.publicText;
  if (thrown instanceof EvaluationFailure) return `an entity cannot be read: ${thrown.message}`;
  return thrown instanceof Error ? thrown.message : 'it cannot be read';
}

async function attempt(name: string, expected: string, run: () => Promise<ConformanceCase>): Promise<ConformanceCase> {
  try {
    return await run();
  } catch (thrown) {
    return { name, passed: false, expected, got: `error: ${problemOf(thrown)}` };
  }
}

async function runTest(test: ForeignTest, place: Place, name: string): Promise<ConformanceCase[]> {
  const loaded = await loadTest(test, place);
  const cases: ConformanceCase[] = [];
  const { shouldValidate } = test;
  if (shouldValidate !== undefined) {
    const own = `${name}: validation`;
    cases.push(await attempt(own, 'an answer', () => runValidation(loaded, shouldValidate, place.cedar, own)));
  }
  for (const [at, request] of test.requests.entries()) {
    const own = `${name}: ${at} ${request.description}`;
    cases.push(await attempt(own, showExpected(request.expected), () => runRequest(loaded, request, place, own)));
  }
  if (cases.length === 0) cases.push({ name, passed: false, expected: 'at least one request', got: 'none' });
  return cases;
}

async function runFile(place: Place, name: string): Promise<ConformanceCase[]> {
  try {
    const test = readTest(await readJson(place.file));
    return test === undefined ? [] : await runTest(test, place, name);
  } catch (thrown) {
    const what = thrown instanceof UnreadableTest ? 'unreadable' : 'error';
    return [{ name, passed: false, expected: 'a test that can be read', got: `${what}: ${problemOf(thrown)}` }];
  }
}

/** Runs every case below `dir`. Rejects only when the folder itself cannot be read; `failed` is never 0 when `total` is. */
export async function runConformance(dir: string, options: ConformanceOptions): Promise<ConformanceReport> {
  const files = await jsonFiles(dir);
  const cases: ConformanceCase[] = [];
  for (const [at, file] of files.entries()) {
    cases.push(...(await runFile({ file, root: dir, cedar: options.cedar }, relative(dir, file))));
    options.onProgress?.({ file, files: files.length, done: at + 1 });
  }
  if (cases.length === 0) cases.push({ name: dir, passed: false, expected: 'at least one case', got: 'none' });
  const passed = cases.filter((one) => one.passed).length;
  return { total: cases.length, passed, failed: cases.length - passed, cases };
}
