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
  type PlainRequest,
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
import { problemOf, UnreadableTest } from './unreadable.ts';
import { readVerdicts } from './verdicts.ts';

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

/** The request with its context read, or why that cannot be. */
function askedOf({ schema }: LoadedTest, { principal, action, resource, context }: ForeignRequest): PlainRequest | string {
  try {
    return { principal, action, resource, context: plainContext(context, schema, action) };
  } catch (thrown) {
    if (thrown instanceof EvaluationFailure || thrown instanceof Fault || thrown instanceof RangeError)
      return `its context: ${problemOf(thrown)}`;
    throw thrown;
  }
}

/** A request that is not valid is denied, without a policy having been asked. */
function answerOf(loaded: LoadedTest, entities: EntityView, request: ForeignRequest): Answer {
  const asked = askedOf(loaded, request);
  if (typeof asked === 'string') return refused(asked);
  const isChecked = request.validateRequest && !loaded.isSchemaGuessed;
  const problem = isChecked && loaded.schema !== undefined ? plainRequestProblem(loaded.schema, asked) : undefined;
  return problem === undefined ? evaluatePlain(loaded.policies, entities, asked) : refused(problem);
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

interface Asked {
  readonly loaded: LoadedTest;
  readonly request: ForeignRequest;
  readonly place: Place;
  /** What the case is called in the report. */
  readonly name: string;
}

async function runRequest({ loaded, request, place, name }: Asked, expected: ExpectedAnswer): Promise<ConformanceCase> {
  const entities = loaded.entities ?? (await entitiesOf(request.entities, loaded.schema, place));
  const aliases = new Map(
    loaded.policies.flatMap(({ id, annotations }) => (annotations.id ? [[id, annotations.id] as const] : [])),
  );
  const answer = answerOf(loaded, entities, request);
  return {
    name,
    passed: isAnswer(expected, answer, aliases),
    expected: showExpected(expected),
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

async function attempt(name: string, expected: string, run: () => Promise<ConformanceCase>): Promise<ConformanceCase> {
  try {
    return await run();
  } catch (thrown) {
    return { name, passed: false, expected, got: `error: ${problemOf(thrown)}` };
  }
}

const validity = (isValid: boolean): string => (isValid ? 'a valid request' : 'a request that is not valid');

/** Whether the request itself is valid, whatever the policies say to it. */
function runRequestValidation({ loaded, request, name }: Asked, expected: boolean): ConformanceCase {
  const asked = askedOf(loaded, request);
  const isAsked = typeof asked !== 'string';
  const problem =
    isAsked && loaded.schema !== undefined ? plainRequestProblem(loaded.schema, asked) : isAsked ? 'no schema' : asked;
  return {
    name: `${name}: request validation`,
    passed: (problem === undefined) === expected,
    expected: validity(expected),
    got: problem === undefined ? validity(true) : `${validity(false)}: ${problem}`,
  };
}

const unreadable = (name: string, problem: string): ConformanceCase => {
  return { name, passed: false, expected: 'a request that can be read', got: `unreadable: ${problem}` };
};

/** The cases of one request: its answer, and its validity where a verdict is given. */
async function runAsked(asked: Asked, verdict: boolean | undefined): Promise<ConformanceCase[]> {
  const { name, request } = asked;
  const { expected } = request;
  const cases = verdict === undefined ? [] : [runRequestValidation(asked, verdict)];
  if (expected !== undefined) cases.push(await attempt(name, showExpected(expected), () => runRequest(asked, expected)));
  return cases.length === 0 ? [unreadable(name, 'it expects no decision')] : cases;
}

async function runTest(test: ForeignTest, place: Place, name: string): Promise<ConformanceCase[]> {
  const loaded = await loadTest(test, place);
  const verdicts = await readVerdicts(place.file);
  const cases: ConformanceCase[] = [];
  const shouldValidate = test.shouldValidate ?? verdicts.policies;
  if (shouldValidate !== undefined) {
    const own = `${name}: validation`;
    cases.push(await attempt(own, 'an answer', () => runValidation(loaded, shouldValidate, place.cedar, own)));
  }
  for (const [at, request] of test.requests.entries()) {
    const own = `${name}: ${at} ${request.description}`;
    if ('problem' in request) cases.push(unreadable(own, request.problem));
    else cases.push(...(await runAsked({ loaded, request, place, name: own }, verdicts.requests[at])));
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
