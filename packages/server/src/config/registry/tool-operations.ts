/** Operations of a tool server: classes with their reasons, HTTP templates with their arguments, retries that cannot do a thing twice. */
import type { ActionClass } from '@countersign/kernel/action';
import { isRecord, type JsonRecord } from '@countersign/kernel/json';
import { isLowerClass, methodClass, nameSuggests, schemaProblem, stricterClass, verbClass } from '@countersign/kernel/tool';
import type { Complaint, Findings } from '../finding.ts';
import { nearest } from '../schema/nearest.ts';
import type { Parsed } from '../schema/parse.ts';
import type { ToolFile } from '../schema/tool.ts';
import { readOpenApi } from './openapi.ts';

type Tool = Parsed<ToolFile>;
type Operation = ToolFile['operations'][number];

/** One operation under check, with a way to complain about a member of it. */
interface Subject {
  readonly server: ToolFile;
  readonly operation: Operation;
  /** Methods of the OpenAPI document by operationId. */
  readonly methods: ReadonlyMap<string, string>;
  readonly refuse: (path: readonly PropertyKey[], complaint: Complaint) => void;
}

export function checkOperations(tool: Tool, documents: ReadonlyMap<string, string>, findings: Findings): void {
  const { value: server } = tool;
  const methods = methodsOf(tool, documents, findings);
  if (server.expose === 'all' && (server.transport.kind === 'openapi' || server.transport.kind === 'operations')) {
    const message = `A server of kind ${server.transport.kind} exposes what stands here and nothing else.`;
    findings.error(tool.at('expose'), { code: 'tool.expose', message, hint: 'expose: declared' });
  }
  if (server.expose === 'declared' && server.operations.length === 0)
    findings.error(tool.at('expose'), {
      code: 'tool.no-operations',
      message: 'No operation is declared, so agents see nothing of it.',
    });
  const names = new Set<string>();
  server.operations.forEach((operation, index) => {
    const refuse: Subject['refuse'] = (path, complaint) => findings.error(tool.at('operations', index, ...path), complaint);
    if (names.has(operation.name))
      refuse(['name'], { code: 'registry.duplicate-id', message: `The operation \`${operation.name}\` is there twice.` });
    names.add(operation.name);
    const subject: Subject = { server, operation, methods: methods ?? new Map(), refuse };
    if (methods !== undefined) checkKnown(subject);
    checkHttp(subject);
    checkClass(subject);
    checkRepeating(subject);
    checkSchemas(subject);
  });
}

/** Undefined when the document is refused: then it is not said of each operation that it is missing. */
function methodsOf(
  tool: Tool,
  documents: ReadonlyMap<string, string>,
  findings: Findings,
): ReadonlyMap<string, string> | undefined {
  const { transport } = tool.value;
  if (transport.kind !== 'openapi') return new Map();
  const text = documents.get(transport.document);
  const place = tool.at('transport', 'document');
  if (text === undefined) {
    findings.error(place, { code: 'tool.document', message: `There is no file \`tools/${transport.document}\`.` });
    return undefined;
  }
  const read = readOpenApi(transport.document, text);
  if (read.ok) return read.methods;
  findings.error(place, { code: 'tool.document', message: `\`tools/${transport.document}\` ${read.problem}.` });
  return undefined;
}

function checkKnown({ server, operation, methods, refuse }: Subject): void {
  if (server.transport.kind !== 'openapi' || methods.has(operation.name)) return;
  const near = nearest(operation.name, methods.keys());
  refuse(['name'], {
    code: 'tool.unknown-operation',
    message: `The document has no operation \`${operation.name}\`.`,
    ...(near === undefined ? {} : { hint: `did you mean \`${near}\`?` }),
  });
}

function checkHttp({ server, operation, refuse }: Subject): void {
  const { http } = operation;
  const needed = server.transport.kind === 'operations';
  if (http !== undefined && needed) {
    const complain: Complain = (path, message) => refuse(['http', ...path], { code: 'tool.http', message });
    checkPath(http, complain);
    checkPlaces(http, complain);
  } else if (http !== undefined) {
    const message = `A server of kind ${server.transport.kind} says itself how its tools are called.`;
    refuse(['http'], { code: 'tool.http', message });
  } else if (needed) {
    const message = 'An operation of a server of kind operations needs `http`: method, path and input.';
    refuse([], { code: 'tool.http', message });
  }
}

type Http = NonNullable<Operation['http']>;
type Complain = (path: readonly PropertyKey[], message: string) => void;

const TEMPLATE = /\{([^{}]*)\}/g;

const inPath = ({ path }: Http): string[] => [...path.matchAll(TEMPLATE)].map((match) => match[1] ?? '');
const propertiesOf = ({ input }: Http): object => (isRecord(input['properties']) ? input['properties'] : {});

function checkPath(http: Http, complain: Complain): void {
  if (/[{}]/.test(http.path.replace(TEMPLATE, '')) || http.path.includes('..'))
    complain(['path'], 'The path has a brace that is not closed, or `..`.');
  const { required } = http.input;
  for (const name of inPath(http)) {
    if (!Object.hasOwn(propertiesOf(http), name) || !Array.isArray(required) || !required.includes(name))
      complain(['path'], `\`{${name}}\` is no required property of the input.`);
  }
}

function checkPlaces(http: Http, complain: Complain): void {
  const bodiless = http.method === 'GET' || http.method === 'HEAD';
  for (const [name, place] of Object.entries(http.place)) {
    if (!Object.hasOwn(propertiesOf(http), name)) complain(['place', name], `The input has no property \`${name}\`.`);
    if ((place === 'path') !== inPath(http).includes(name))
      complain(['place', name], place === 'path' ? `The path has no \`{${name}}\`.` : `\`${name}\` stands in the path.`);
    if (place === 'body' && bodiless) complain(['place', name], `${http.method} has no body.`);
  }
}

/** What the operation is taken for before anybody has said anything: by its method where it has one, and by its name. */
function suggestedFor({ operation, methods }: Subject): ActionClass {
  const method = operation.http?.method ?? methods.get(operation.name);
  if (method === undefined) return nameSuggests(operation.name);
  return stricterClass(methodClass(method), verbClass(operation.name) ?? 'read');
}

function checkClass(subject: Subject): void {
  const { operation, refuse } = subject;
  if (operation.class === null) {
    if (operation.reason !== null)
      refuse(['reason'], { code: 'tool.class-reason', message: 'There is a reason for a class, but no class.' });
    return;
  }
  const suggested = suggestedFor(subject);
  if (operation.reason !== null || !isLowerClass(operation.class, suggested)) return;
  refuse(['class'], {
    code: 'tool.class-reason',
    message: `\`${operation.name}\` looks like ${suggested}, so a lower class needs a reason.`,
    hint: 'reason: why it is harmless',
  });
}

function checkRepeating(subject: Subject): void {
  const { server, operation, refuse } = subject;
  const effective = operation.class ?? suggestedFor(subject);
  if (operation.retries > 0 && !operation.idempotent && effective !== 'read' && operation.idempotencyKey === null) {
    refuse(['retries'], {
      code: 'tool.retries',
      message: 'A call that changes something is repeated only where doing it twice is doing it once.',
      hint: 'idempotent: true, if it is, or idempotencyKey',
    });
  }
  const { kind } = server.transport;
  if (operation.idempotencyKey?.in === 'header' && (kind === 'stdio' || kind === 'memory'))
    refuse(['idempotencyKey'], { code: 'tool.idempotency-key', message: `A server of kind ${kind} has no headers.` });
}

function checkSchemas({ operation, refuse }: Subject): void {
  const { http } = operation;
  const schemas: readonly (readonly [path: PropertyKey[], schema: JsonRecord | null | undefined])[] = [
    [['arguments'], operation.arguments as JsonRecord | null],
    [['http', 'input'], http?.input as JsonRecord | undefined],
    [['http', 'output'], http?.output as JsonRecord | undefined],
  ];
  for (const [path, schema] of schemas) {
    if (schema === null || schema === undefined) continue;
    const wrong = schemaProblem(schema);
    if (wrong !== undefined) refuse(path, { code: 'tool.schema', message: `The schema ${wrong}.` });
  }
  if (http !== undefined && http.input['type'] !== 'object')
    refuse(['http', 'input'], { code: 'tool.schema', message: 'Arguments are an object.', hint: 'type: object' });
}
