/** Operations that the governance directory declares itself. */
import { isRecord, type JsonRecord } from '@countersign/kernel/json';
import type { HttpOperation, OperationRecord, ToolServerRecord } from '../../../ports/registry.ts';
import { type BodyPlan, isOwnHeader, type Placed, type RestOperation, templateNames, Unusable } from './operation.ts';
import { type Operations, reasonOf } from './openapi.ts';

export function declaredOperations(record: ToolServerRecord): Operations {
  const operations = new Map<string, RestOperation>();
  const dropped: { name: string; reason: string }[] = [];
  for (const operation of record.operations) {
    try {
      operations.set(operation.name, operationOf(operation));
    } catch (thrown) {
      dropped.push({ name: operation.name, reason: reasonOf(thrown) });
    }
  }
  return { operations, dropped };
}

function operationOf({ name, http }: OperationRecord): RestOperation {
  if (http === undefined) throw new Unusable('its entry says nothing of how it is called');
  const inPath = new Set(templateNames(http.path));
  const names = Object.keys(isRecord(http.input.properties) ? http.input.properties : {});
  for (const wanted of inPath)
    if (!names.includes(wanted)) throw new Unusable(`its path names \`${wanted}\`, which is none of its arguments`);
  const placed: Placed[] = [];
  const members = new Map<string, string>();
  for (const argument of names) {
    const place = placeOf(argument, http, inPath);
    if (place === 'body') members.set(argument, argument);
    else placed.push(placedAt(argument, place));
  }
  if (members.size > 0 && (http.method === 'GET' || http.method === 'HEAD')) throw new Unusable(`a ${http.method} has no body`);
  const body: BodyPlan | null = members.size === 0 ? null : { media: 'application/json', whole: null, members };
  return {
    name,
    description: http.description,
    method: http.method,
    path: http.path,
    placed,
    body,
    input: closed(http.input),
    output: http.output,
    media: null,
  };
}

function placeOf(argument: string, http: HttpOperation, inPath: ReadonlySet<string>): HttpOperation['place'][string] {
  const place = Object.hasOwn(http.place, argument) ? http.place[argument] : undefined;
  if (inPath.has(argument) !== (place === 'path' || (place === undefined && inPath.has(argument))))
    throw new Unusable(`\`${argument}\` is in the path template or it is not: its place says otherwise`);
  if (place !== undefined) return place;
  if (inPath.has(argument)) return 'path';
  return http.method === 'GET' || http.method === 'HEAD' || http.method === 'DELETE' ? 'query' : 'body';
}

function placedAt(argument: string, place: Placed['in']): Placed {
  if (place === 'header' && isOwnHeader(argument)) throw new Unusable(`\`${argument}\` is a header that no argument may set`);
  return {
    argument,
    name: argument,
    in: place,
    style: place === 'query' ? 'form' : 'simple',
    explode: place === 'query',
    json: false,
  };
}

/** An argument without a place would be lost silently. */
const closed = (input: JsonRecord): JsonRecord => ({ type: 'object', ...input, additionalProperties: false });
