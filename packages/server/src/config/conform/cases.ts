/** What Cedar's public test formats say, brought to one shape. Old and new names of members are both read. */
import { EntityUid, uidOf } from '@countersign/kernel/cedar';
import { isRecord } from '@countersign/kernel/json';

export interface ExpectedAnswer {
  readonly decision: 'allow' | 'deny';
  /** Absent when the case does not say. */
  readonly reason: readonly string[] | undefined;
  /** Whether more reasons than these may be there, as in `run-tests` files. */
  readonly isReasonPartial: boolean;
  readonly errors: readonly string[] | undefined;
  readonly errorCount: number | undefined;
}

export interface ForeignRequest {
  readonly description: string;
  readonly principal: EntityUid;
  readonly action: EntityUid;
  readonly resource: EntityUid;
  readonly context: unknown;
  readonly validateRequest: boolean;
  readonly expected: ExpectedAnswer;
  /** Entities of this request alone, in `run-tests` files. */
  readonly entities?: unknown;
}

/** Files or inline values; a string is a path, unless it is policy text itself. */
export interface ForeignTest {
  readonly policies: unknown;
  readonly entities: unknown;
  readonly schema: unknown;
  readonly links: unknown;
  readonly shouldValidate: boolean | undefined;
  readonly requests: readonly ForeignRequest[];
}

/** The file looks like a test and cannot be read as one. */
export class UnreadableTest extends Error {}

const refuse = (what: string): never => {
  throw new UnreadableTest(what);
};

/** Where no entity is given, as old cases may: it equals nothing, has no attributes and is in nothing. */
const unspecified = (): EntityUid => new EntityUid('<unspecified>', '');

const ESCAPE = /\\(?:u\{([0-9a-fA-F]{1,6})\}|x([0-9a-fA-F]{2})|([^]))/gu;
const SIMPLE: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '0': '\0' };

const unescape = (text: string): string =>
  text.replace(ESCAPE, (_all, code?: string, byte?: string, char?: string) =>
    char === undefined ? String.fromCodePoint(Number.parseInt(code ?? byte ?? '0', 16)) : (SIMPLE[char] ?? char),
  );

/** `{type, id}`, the same under `__entity`, or Cedar text such as `User::"alice"`. */
function readUid(json: unknown): EntityUid {
  if (json === undefined || json === null) return unspecified();
  if (typeof json !== 'string') return uidOf(json) ?? refuse('an entity cannot be read');
  const match = /^([^"]+)::"((?:[^"\\]|\\[^])*)"$/u.exec(json.trim());
  return match === null
    ? refuse(`an entity cannot be read: ${json.slice(0, 100)}`)
    : new EntityUid(match[1] ?? '', unescape(match[2] ?? ''));
}

function idsOf(json: unknown): string[] | undefined {
  if (json === undefined || json === null) return undefined;
  if (!Array.isArray(json)) return refuse('a list of policy ids cannot be read');
  return json.map((id: unknown) => {
    const text = isRecord(id) ? (id.policyId ?? id.id) : id;
    return typeof text === 'string' ? text : refuse('a policy id cannot be read');
  });
}

function countOf(json: Readonly<Record<string, unknown>>): number | undefined {
  const count = json.num_errors ?? json.numErrors ?? (typeof json.errors === 'number' ? json.errors : undefined);
  if (count === undefined || count === null) return undefined;
  return typeof count === 'number' ? count : refuse('a number of errors cannot be read');
}

function expectedOf(json: Readonly<Record<string, unknown>>, isReasonPartial: boolean): ExpectedAnswer {
  const decision = typeof json.decision === 'string' ? json.decision.toLowerCase() : undefined;
  if (decision !== 'allow' && decision !== 'deny') return refuse('a request has no decision');
  return {
    decision,
    isReasonPartial,
    reason: idsOf(json.reason ?? json.reasons),
    errors: typeof json.errors === 'number' ? undefined : idsOf(json.errors),
    errorCount: countOf(json),
  };
}

const textOf = (value: unknown, fallback: string): string => (typeof value === 'string' ? value : fallback);

function readRequest(json: unknown, at: number): ForeignRequest {
  if (!isRecord(json)) return refuse('a request is not an object');
  return {
    description: textOf(json.description ?? json.desc ?? json.name, `request ${at}`),
    principal: readUid(json.principal),
    action: readUid(json.action),
    resource: readUid(json.resource),
    context: json.context ?? {},
    validateRequest: (json.validateRequest ?? json.validate_request ?? json.enable_request_validation) !== false,
    expected: expectedOf(json, false),
  };
}

/** One entry of a `run-tests` file: `{name, request, entities, decision, reason[], num_errors}`. */
function readRun(json: unknown, at: number): ForeignRequest {
  if (!isRecord(json) || !isRecord(json.request)) return refuse('a test has no request');
  const { request } = json;
  return {
    description: textOf(json.name ?? json.description, `test ${at}`),
    principal: readUid(request.principal),
    action: readUid(request.action),
    resource: readUid(request.resource),
    context: request.context ?? {},
    validateRequest: (json.validateRequest ?? request.validateRequest) !== false,
    expected: expectedOf(json, true),
    entities: json.entities ?? [],
  };
}

const TEST_MEMBERS = ['requests', 'queries', 'shouldValidate', 'should_validate'];

const isRun = (json: unknown): boolean => isRecord(json) && 'request' in json && 'decision' in json;

/** The entries of a `run-tests` file, alone or under `tests`; undefined for anything else. */
function runsOf(json: unknown): readonly unknown[] | undefined {
  if (Array.isArray(json)) return json.some(isRun) ? json : undefined;
  if (!isRecord(json)) return undefined;
  if (Array.isArray(json.tests)) return json.tests.some(isRun) ? json.tests : undefined;
  return isRun(json) ? [json] : undefined;
}

function readIntegration(json: Readonly<Record<string, unknown>>): ForeignTest {
  const requests = json.requests ?? json.queries ?? [];
  const shouldValidate = json.shouldValidate ?? json.should_validate;
  if (!Array.isArray(requests)) return refuse('its requests are not a list');
  if (json.policies === undefined) return refuse('it names no policies');
  if (shouldValidate !== undefined && typeof shouldValidate !== 'boolean')
    return refuse('shouldValidate is neither true nor false');
  return {
    policies: json.policies,
    entities: json.entities,
    schema: json.schema,
    links: json.links ?? json.templateLinks ?? json.template_links,
    shouldValidate,
    requests: requests.map(readRequest),
  };
}

/** The test in a parsed file; undefined for JSON that is something else (entities, a schema, policies). Throws UnreadableTest. */
export function readTest(json: unknown): ForeignTest | undefined {
  const runs = runsOf(json);
  if (runs !== undefined) {
    const { policies, schema } = isRecord(json) ? json : {};
    return { policies, schema, entities: undefined, links: undefined, shouldValidate: undefined, requests: runs.map(readRun) };
  }
  return isRecord(json) && TEST_MEMBERS.some((member) => member in json) ? readIntegration(json) : undefined;
}
