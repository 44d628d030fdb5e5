/** Operations of an OpenAPI document that the operator lists, as tools. */
import { isRecord, type Json, type JsonRecord } from '@countersign/kernel/json';
import type { ToolServerRecord } from '../../../ports/registry.ts';
import { Arguments } from './arguments.ts';
import { readDocument, Refs } from './document.ts';
import {
  type BodyPlan,
  isOwnHeader,
  type Method,
  type Placed,
  type RestOperation,
  type Style,
  templateNames,
  Unusable,
} from './operation.ts';
import { jsonSchema } from './schema.ts';

export interface Operations {
  readonly operations: ReadonlyMap<string, RestOperation>;
  readonly dropped: readonly { readonly name: string; readonly reason: string }[];
}

const METHODS: ReadonlyMap<string, Method> = new Map([
  ['get', 'GET'],
  ['head', 'HEAD'],
  ['post', 'POST'],
  ['put', 'PUT'],
  ['patch', 'PATCH'],
  ['delete', 'DELETE'],
]);

/** Parameters that carry a credential: ours, or one that the document speaks of. Lower case. */
type Hidden = ReadonlySet<string>;

interface Found {
  readonly path: string;
  readonly method: Method;
  readonly item: JsonRecord;
  readonly operation: JsonRecord;
}

/** Only what is listed; what is listed and cannot be offered is told with the reason. */
export function openapiOperations(record: ToolServerRecord, text: string): Operations {
  const operations = new Map<string, RestOperation>();
  const dropped: { name: string; reason: string }[] = [];
  let document: JsonRecord;
  try {
    document = readDocument(text);
  } catch (thrown) {
    return { operations, dropped: record.operations.map(({ name }) => ({ name, reason: reasonOf(thrown) })) };
  }
  const hidden = hiddenNames(record, document);
  for (const { name } of record.operations) {
    try {
      operations.set(name, operationOf(name, document, hidden));
    } catch (thrown) {
      dropped.push({ name, reason: reasonOf(thrown) });
    }
  }
  return { operations, dropped };
}

export function reasonOf(thrown: unknown): string {
  if (thrown instanceof Unusable) return thrown.message;
  throw thrown;
}

function hiddenNames(record: ToolServerRecord, document: JsonRecord): Hidden {
  const names = new Set(record.credentials.map(({ name }) => name.toLowerCase()));
  const schemes =
    isRecord(document.components) && isRecord(document.components.securitySchemes) ? document.components.securitySchemes : {};
  for (const scheme of Object.values(schemes))
    if (isRecord(scheme) && scheme.type === 'apiKey') names.add(String(scheme.name).toLowerCase());
  return names;
}

function operationOf(name: string, document: JsonRecord, hidden: Hidden): RestOperation {
  const { path, method, item, operation } = find(name, document);
  const refs = new Refs(document);
  const args = new Arguments();
  const placed = parameters(refs, item, operation)
    .map((parameter) => placedOf(parameter, args, hidden))
    .filter((one) => one !== undefined);
  for (const inPath of templateNames(path))
    if (!placed.some((one) => one.in === 'path' && one.name === inPath))
      throw new Unusable(`its path names \`${inPath}\`, which it does not describe`);
  const body = method === 'GET' || method === 'HEAD' ? null : bodyOf(refs, operation.requestBody, args);
  const answers = answersOf(refs, operation.responses);
  return { name, description: descriptionOf(operation), method, path, placed, body, input: args.schema(), ...answers };
}

function find(name: string, document: JsonRecord): Found {
  const found: Found[] = [];
  for (const [path, item] of Object.entries(isRecord(document.paths) ? document.paths : {})) {
    if (!isRecord(item)) continue;
    for (const [key, method] of METHODS) {
      const operation = item[key];
      if (isRecord(operation) && operation.operationId === name) found.push({ path, method, item, operation });
    }
  }
  const [only, another] = found;
  if (only === undefined) throw new Unusable('the document has no operation of this operationId');
  if (another !== undefined) throw new Unusable('the document has several operations of this operationId');
  return only;
}

const descriptionOf = ({ summary, description }: JsonRecord): string =>
  [summary, description].filter((text) => typeof text === 'string' && text.trim() !== '').join('\n\n');

/** Those of the path, then those of the operation, which count where both name one. */
function parameters(refs: Refs, item: JsonRecord, operation: JsonRecord): JsonRecord[] {
  const byPlace = new Map<string, JsonRecord>();
  for (const list of [item.parameters, operation.parameters])
    for (const one of Array.isArray(list) ? (list as readonly Json[]) : []) {
      const parameter = refs.whole(one);
      if (!isRecord(parameter) || typeof parameter.name !== 'string' || typeof parameter.in !== 'string')
        throw new Unusable('a parameter of it is not well formed');
      byPlace.set(`${parameter.in} ${parameter.name}`, parameter);
    }
  const order = ['path', 'query', 'header', 'cookie'];
  return [...byPlace.values()].sort((a, b) => order.indexOf(String(a.in)) - order.indexOf(String(b.in)));
}

/** @returns undefined for what is no argument: credentials, cookies, and headers of the connection */
function placedOf(parameter: JsonRecord, args: Arguments, hidden: Hidden): Placed | undefined {
  const name = String(parameter.name);
  const place = placeOf(parameter, name);
  if (place === undefined || (place !== 'path' && hidden.has(name.toLowerCase()))) return undefined;
  if (place === 'header' && isOwnHeader(name)) return undefined;
  const { schema, json } = formOf(parameter, name);
  const described = { ...jsonSchema(schema, true), ...textOf(parameter.description) };
  const argument = args.add(name, place, described, parameter.required === true || place === 'path');
  return { argument, name, in: place, json, ...styleOf(parameter, place) };
}

function placeOf(parameter: JsonRecord, name: string): Placed['in'] | undefined {
  const place = parameter.in;
  if (place === 'path' || place === 'query' || place === 'header') return place;
  if (parameter.required === true) throw new Unusable(`it needs \`${name}\` in a place that is not supported`);
  return undefined;
}

/** A parameter has a schema, or a content of one media type. */
function formOf({ schema, content }: JsonRecord, name: string): { schema: Json | undefined; json: boolean } {
  if (!isRecord(content)) return { schema, json: false };
  const entry = content['application/json'];
  if (!isRecord(entry)) throw new Unusable(`\`${name}\` is in a format that is not supported`);
  return { schema: entry.schema, json: true };
}

const textOf = (description: Json | undefined): JsonRecord => (typeof description === 'string' ? { description } : {});

const STYLES: Readonly<Record<Placed['in'], readonly Style[]>> = {
  path: ['simple', 'label', 'matrix'],
  query: ['form', 'spaceDelimited', 'pipeDelimited', 'deepObject'],
  header: ['simple'],
};

function styleOf(parameter: JsonRecord, place: Placed['in']): { style: Style; explode: boolean } {
  const style = STYLES[place].find((one) => one === (parameter.style ?? STYLES[place][0]));
  if (style === undefined) throw new Unusable(`\`${String(parameter.name)}\` has a style that its place does not know`);
  const explode = typeof parameter.explode === 'boolean' ? parameter.explode : style === 'form' || style === 'deepObject';
  return { style, explode };
}

const BODY_MEDIA = ['application/json', 'application/x-www-form-urlencoded'] as const;

function bodyOf(refs: Refs, described: Json | undefined, args: Arguments): BodyPlan | null {
  const body = described === undefined ? undefined : refs.whole(described);
  if (!isRecord(body) || !isRecord(body.content)) return null;
  const { content } = body;
  const media = BODY_MEDIA.find((type) => isRecord(content[type]));
  if (media !== undefined) return planOf(media, body, args);
  if (body.required === true) throw new Unusable('its body is in a format that is not supported');
  return null;
}

function planOf(media: BodyPlan['media'], body: JsonRecord, args: Arguments): BodyPlan {
  const entry = isRecord(body.content) ? body.content[media] : undefined;
  const schema = jsonSchema(isRecord(entry) ? entry.schema : undefined, true);
  const required = body.required === true;
  const members = new Map<string, string>();
  if (!isFlat(schema)) {
    if (media !== 'application/json') throw new Unusable('its form has no fields');
    return { media, whole: args.add('body', 'body', { ...schema, ...textOf(body.description) }, required), members };
  }
  const must = Array.isArray(schema.required) ? (schema.required as readonly Json[]) : [];
  for (const [member, child] of Object.entries(isRecord(schema.properties) ? schema.properties : {}))
    members.set(args.add(member, 'body', isRecord(child) ? child : {}, required && must.includes(member)), member);
  return { media, whole: null, members };
}

/** One level of members becomes arguments; what more than members describes stays one argument. */
const isFlat = (schema: JsonRecord): boolean =>
  schema.type === 'object' &&
  isRecord(schema.properties) &&
  Object.keys(schema.properties).length > 0 &&
  !['allOf', 'anyOf', 'oneOf', 'not', 'if', 'patternProperties', 'dependentSchemas'].some((keyword) => keyword in schema) &&
  !isRecord(schema.additionalProperties);

function answersOf(refs: Refs, responses: Json | undefined): { output: JsonRecord | undefined; media: readonly string[] } {
  const good = Object.entries(isRecord(responses) ? responses : {}).filter(([status]) => /^2(\d\d|XX)$/i.test(status));
  const contents = good.flatMap(([, described]) => contentsOf(refs.whole(described as Json)));
  const media = new Set(contents.map(({ type }) => type));
  const [only, another] = contents;
  // Several forms of a good answer have no one schema.
  const output = another === undefined && only?.schema !== undefined ? jsonSchema(only.schema, false) : {};
  return { output: Object.keys(output).length > 0 ? output : undefined, media: [...media] };
}

function contentsOf(response: Json): { type: string; schema: Json | undefined }[] {
  const content = isRecord(response) && isRecord(response.content) ? response.content : {};
  return Object.entries(content).map(([name, entry]) => {
    const type = name.split(';')[0]?.trim().toLowerCase() ?? '';
    return { type, schema: isJson(type) && isRecord(entry) ? entry.schema : undefined };
  });
}

export const isJson = (media: string): boolean => media === 'application/json' || media.endsWith('+json');
