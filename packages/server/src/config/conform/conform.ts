/**
 * Runs cases that others wrote, in Cedar's public JSON formats, through our evaluator: decision, determining policies, failing policies, and
 * validation. Nothing is skipped in silence: a test file that cannot be read is a failed case, and so is a folder without cases.
 */
import { dirname, relative } from 'node:path';
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
import { type ForeignTest, readTest } from './cases.ts';
import type { ExpectedAnswer } from './expected.ts';
import { jsonFiles, readJson } from './files.ts';
import { entitiesOf, type LoadedTest, loadTest, type Place } from './load.ts';
import type { ForeignRequest } from './request.ts';
import { UnreadableTest } from './unreadable.ts';

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
  /** Why no policy was asked; shown, since a denial alone looks like a policy's. */
  readonly problem?: string;
}

const refused = (problem: string): Answer => ({ decision: 'deny', reason: [], errors: [], problem });

/** A request that is not valid is denied, without a policy having been asked. */
function answerOf(loaded: LoadedTest, entities: EntityView, request: ForeignRequest): Answer {
  const { principal, action, resource } = request;
  const isChecked = request.validateRequest && !loaded.isSchemaGuessed;
  try {
    const context = plainContext(request.context, loaded.schema, action);
    const asked = { principal, action, resource, context };
    const problem = isChecked && loaded.schema !== undefined ? plainRequestProblem(loaded.schema, asked) : undefined;
    return problem === undefined ? evaluatePlain(loaded.policies, entities, asked) : refused(problem);
  } catch (thrown) {
    if (thrown instanceof EvaluationFailure || thrown instanceof Fault)
      return refused(`the context cannot be read: ${problemOf(thrown)}`);
    throw thrown;
  }
}

const sorted = (ids: readonly string[]): string => JSON.stringify([...new Set(ids)].sort());

function isSameIds(expected: readonly string[], got: readonly string[], aliases: Aliases): boolean {
  const named = got.map((id) => aliases.get(id) ?? id);
  return sorted(expected) === sorted(got) || sorted(expected) === sorted(named);
}

type Aliases = ReadonlyMap<string, string>;

function isErrors(expected: ExpectedAnswer, failing: readonly string[], aliases: Aliases): boolean {
  if (expected.errorCount !== undefined && expected.errorCount !== failing.length) return false;
  if (expected.hasErrors !== undefined && expected.hasErrors !== failing.length > 0) return false;
  return expected.errors === undefined || isSameIds(expected.errors, failing, aliases);
}

/** @param aliases ids that the policies give themselves by `@id`, for cases that use those */
function isAnswer(expected: ExpectedAnswer, { decision, reason, errors }: Answer, aliases: Aliases): boolean {
  if (expected.decision !== decision) return false;
  const failing = errors.map(({ policy }) => policy);
  if (!isErrors(expected, failing, aliases)) return false;
  if (expected.reason === undefined) return true;
  if (expected.isReasonPartial) return expected.reason.every((id) => reason.some((own) => own === id || aliases.get(own) === id));
  return isSameIds(expected.reason, reason, aliases);
}

const showExpected = ({ decision, reason, errors, errorCount, hasErrors }: ExpectedAnswer): string =>
  JSON.stringify({ decision, reason, errors: errors ?? errorCount ?? hasErrors });

const showGot = ({ decision, reason, errors, problem }: Answer): string =>
  JSON.stringify({ decision, reason, errors: errors.map(({ policy }) => policy), problem });

async function runRequest(loaded: LoadedTest, request: ForeignRequest, place: Place, name: string): Promise<ConformanceCase> {
  const entities = loaded.entities ?? (await entitiesOf(request.entities, loaded.schema, place));
  const aliases = new Map(
    loaded.policies.flatMap(({ id, annotations }) => (annotations.id ? [[id, annotations.id] as const] : [])),
  );
  const answer = answerOf(loaded, entities, request);
  return {
    name,
    passed: isAnswer(request.expected, answer, aliases),
    expected: showExpected(request.expected),
    got: showGot(answer),
  };
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
    if ('problem' in request) {
      cases.push({ name: own, passed: false, expected: 'a request that can be read', got: `unreadable: ${request.problem}` });
      continue;
    }
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

/** Runs every case below `dir`, or of one file. Rejects only when it cannot be read itself; `failed` is never 0 when `total` is. */
export async function runConformance(dir: string, options: ConformanceOptions): Promise<ConformanceReport> {
  const files = await jsonFiles(dir);
  const root = files[0] === dir ? dirname(dir) : dir;
  const cases: ConformanceCase[] = [];
  for (const [at, file] of files.entries()) {
    cases.push(...(await runFile({ file, root, cedar: options.cedar }, relative(root, file))));
    options.onProgress?.({ file, files: files.length, done: at + 1 });
  }
  if (cases.length === 0) cases.push({ name: dir, passed: false, expected: 'at least one case', got: 'none' });
  const passed = cases.filter((one) => one.passed).length;
  return { total: cases.length, passed, failed: cases.length - passed, cases };
}
