/** What Cedar's public test formats say, brought to one shape. Old and new names of members are both read. */
import { isRecord } from '@countersign/kernel/json';
import { flagAt } from './expected.ts';
import { type ForeignRequest, readRequest, readRun, type UnreadableRequest } from './request.ts';
import { refuse } from './unreadable.ts';

/** Files or inline values; a string is a path, unless it is the text itself. */
export interface ForeignTest {
  readonly policies: unknown;
  readonly entities: unknown;
  readonly schema: unknown;
  readonly links: unknown;
  readonly shouldValidate: boolean | undefined;
  /** Whether the policies, the schema and the entities lie beside the file when it does not name them, as with `run-tests` files. */
  readonly isRunFile: boolean;
  readonly requests: readonly (ForeignRequest | UnreadableRequest)[];
}

type Members = Readonly<Record<string, unknown>>;

const VALIDATE_NAMES = ['shouldValidate', 'should_validate', 'validatePolicies', 'validate_policies'];
const TEST_MEMBERS = ['requests', 'queries', ...VALIDATE_NAMES];

const isRun = (json: unknown): boolean => isRecord(json) && 'request' in json && ('decision' in json || isRecord(json.expected));

/** The entries of a `run-tests` file, alone or under `tests`; undefined for anything else. */
function runsOf(json: unknown): readonly unknown[] | undefined {
  if (Array.isArray(json)) return json.some(isRun) ? json : undefined;
  if (!isRecord(json)) return undefined;
  if (Array.isArray(json.tests)) return json.tests.some(isRun) ? json.tests : undefined;
  return isRun(json) ? [json] : undefined;
}

/** The mode that a case asks for: this parser has the strict one only. */
function checkMode(json: Members): void {
  const mode = json.validationMode ?? json.validation_mode;
  if (mode !== undefined && mode !== null && (typeof mode !== 'string' || mode.toLowerCase() !== 'strict'))
    refuse('its validation mode is not strict, the only one that can be checked');
}

function readIntegration(json: Members, requests: unknown): ForeignTest {
  if (!Array.isArray(requests)) return refuse('its requests are not a list');
  if (json.policies === undefined || json.policies === null) return refuse('it names no policies');
  checkMode(json);
  return {
    policies: json.policies,
    entities: json.entities ?? undefined,
    schema: json.schema ?? undefined,
    links: json.links ?? json.templateLinks ?? json.template_links ?? undefined,
    shouldValidate: flagAt(json, VALIDATE_NAMES),
    isRunFile: false,
    requests: requests.map(readRequest),
  };
}

const isNamed = (value: unknown): boolean => value !== undefined && value !== null;

/** An integration test, or undefined. A lone request may stand among the members of its test. */
function integrationOf(json: Members): ForeignTest | undefined {
  if (TEST_MEMBERS.some((member) => member in json)) return readIntegration(json, json.requests ?? json.queries ?? []);
  if (!isNamed(json.policies) || !(isNamed(json.entities) || isNamed(json.schema))) return undefined;
  if (isNamed(json.action) && (isNamed(json.decision) || isRecord(json.expected))) return readIntegration(json, [json]);
  return typeof json.policies === 'string' ? refuse('it names policies and has no requests') : undefined;
}

/** The test in a parsed file; undefined for JSON that is something else (entities, a schema, policies). Throws UnreadableTest. */
export function readTest(json: unknown): ForeignTest | undefined {
  const runs = runsOf(json);
  if (runs === undefined) return isRecord(json) ? integrationOf(json) : undefined;
  const { policies, schema } = isRecord(json) ? json : {};
  return {
    policies: policies ?? undefined,
    schema: schema ?? undefined,
    entities: undefined,
    links: undefined,
    shouldValidate: undefined,
    isRunFile: true,
    requests: runs.map(readRun),
  };
}
