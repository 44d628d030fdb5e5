/** One request of a test, old and new names of members alike. */
import { EntityUid, uidOf } from '@countersign/kernel/cedar';
import { isRecord } from '@countersign/kernel/json';
import { type ExpectedAnswer, expectedOf, flagAt } from './expected.ts';
import { refuse, UnreadableTest } from './unreadable.ts';

export interface ForeignRequest {
  readonly description: string;
  readonly principal: EntityUid;
  readonly action: EntityUid;
  readonly resource: EntityUid;
  readonly context: unknown;
  readonly validateRequest: boolean;
  /** Absent when the request says nothing of its answer. */
  readonly expected: ExpectedAnswer | undefined;
  /** Entities of this request alone, in `run-tests` files. */
  readonly entities?: unknown;
}

/** A request that cannot be read fails alone; the others of its file are run. */
export interface UnreadableRequest {
  readonly description: string;
  readonly problem: string;
}

type Members = Readonly<Record<string, unknown>>;

const VALIDATE_NAMES = ['validateRequest', 'validate_request', 'enableRequestValidation', 'enable_request_validation'];

/** Where no entity is given, as old cases may: it equals nothing, has no attributes and is in nothing. */
const UNSPECIFIED = new EntityUid('<unspecified>', '');

const ESCAPE = /\\(?:u\{([0-9a-fA-F]{1,6})\}|x([0-9a-fA-F]{2})|([^]))/gu;
const SIMPLE: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '0': '\0' };
const CODE_POINT_MAX = 0x10ffff;

function characterOf(code: number): string {
  return code <= CODE_POINT_MAX ? String.fromCodePoint(code) : refuse('an entity has an escape that is no character');
}

const unescape = (text: string): string =>
  text.replace(ESCAPE, (_all, code?: string, byte?: string, char?: string) =>
    char === undefined ? characterOf(Number.parseInt(code ?? byte ?? '0', 16)) : (SIMPLE[char] ?? char),
  );

/** `{type, id}`, the same under `__entity`, or Cedar text such as `User::"alice"`; `name` is what a complaint calls it. Throws UnreadableTest. */
export function readUid(json: unknown, name: string): EntityUid {
  if (json === undefined || json === null) return UNSPECIFIED;
  if (typeof json !== 'string') return uidOf(json) ?? refuse(`its ${name} is not an entity`);
  const match = /^([^"]+)::"((?:[^"\\]|\\[^])*)"$/u.exec(json.trim());
  return match === null
    ? refuse(`its ${name} is not an entity: ${json.slice(0, 100)}`)
    : new EntityUid(match[1] ?? '', unescape(match[2] ?? ''));
}

function descriptionOf(json: unknown, fallback: string): string {
  if (!isRecord(json)) return fallback;
  const text = json.description ?? json.desc ?? json.name;
  return typeof text === 'string' ? text : fallback;
}

interface Parts {
  /** What says who asks for what. */
  readonly request: Members;
  /** What says how it is asked and what is expected; the same object, save in `run-tests` files. */
  readonly test: Members;
  readonly description: string;
}

/** A request whose principal, action or resource is left open fits no schema of today, so it is not held against one. */
function readParts({ request, test, description }: Parts, isRun: boolean): ForeignRequest {
  const [principal, action, resource] = (['principal', 'action', 'resource'] as const).map((name) =>
    readUid(request[name], name),
  ) as [EntityUid, EntityUid, EntityUid];
  const isWhole = ![principal, action, resource].includes(UNSPECIFIED);
  const isWanted = flagAt(test, VALIDATE_NAMES) ?? flagAt(request, VALIDATE_NAMES) ?? true;
  return {
    description,
    principal,
    action,
    resource,
    context: request.context ?? {},
    validateRequest: isWanted && isWhole,
    expected: test.decision === undefined && test.expected === undefined ? undefined : expectedOf(test, isRun),
  };
}

function attempt(description: string, read: () => ForeignRequest): ForeignRequest | UnreadableRequest {
  try {
    return read();
  } catch (thrown) {
    if (thrown instanceof UnreadableTest) return { description, problem: thrown.message };
    throw thrown;
  }
}

/** A request of an integration test. */
export function readRequest(json: unknown, at: number): ForeignRequest | UnreadableRequest {
  const description = descriptionOf(json, `request ${at}`);
  return attempt(description, () => {
    if (!isRecord(json)) return refuse('it is not an object');
    return readParts({ request: isRecord(json.request) ? json.request : json, test: json, description }, false);
  });
}

/** One entry of a `run-tests` file: `{name, request, entities, decision, reason[], num_errors}`. */
export function readRun(json: unknown, at: number): ForeignRequest | UnreadableRequest {
  const description = descriptionOf(json, `test ${at}`);
  return attempt(description, () => {
    if (!isRecord(json) || !isRecord(json.request)) return refuse('it has no request');
    return { ...readParts({ request: json.request, test: json, description }, true), entities: json.entities ?? [] };
  });
}
