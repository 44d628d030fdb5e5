/** Cedar's request validation for foreign cases: declared action, types it applies to, a context of exactly its type. */
import { Datetime } from './extension/datetime.ts';
import { Decimal } from './extension/decimal.ts';
import { Duration } from './extension/duration.ts';
import { IpAddress } from './extension/ip.ts';
import type { PlainRequest } from './plain.ts';
import type { Schema } from './schema.ts';
import type { ExtensionName, RecordType, SchemaType } from './types.ts';
import { EntityUid, isLong, isRecordValue, SetValue, type Value } from './value.ts';

const EXTENSIONS: Readonly<Record<ExtensionName, (value: Value) => boolean>> = {
  decimal: (value) => value instanceof Decimal,
  datetime: (value) => value instanceof Datetime,
  duration: (value) => value instanceof Duration,
  ipaddr: (value) => value instanceof IpAddress,
};

/** Of a declared type, and one of its ids where those are listed; of actions, the declared ones. */
function isKnownEntity(schema: Schema, uid: EntityUid): boolean {
  if (schema.actions.has(uid.key)) return true;
  const type = schema.entityTypes.get(uid.type);
  return type !== undefined && (type.ids === undefined || type.ids.has(uid.id));
}

function fitsRecord(value: Value, type: RecordType, schema: Schema): boolean {
  if (!isRecordValue(value)) return false;
  for (const [name, member] of type.members) {
    const own = value.get(name);
    if (own === undefined ? member.required : !fits(own, member.type, schema)) return false;
  }
  for (const name of value.keys()) if (!type.members.has(name)) return false;
  return true;
}

function fits(value: Value, type: SchemaType, schema: Schema): boolean {
  switch (type.kind) {
    case 'boolean':
      return typeof value === 'boolean';
    case 'string':
      return typeof value === 'string';
    case 'long':
      return isLong(value);
    case 'extension':
      return EXTENSIONS[type.name](value);
    case 'entity':
      return value instanceof EntityUid && value.type === type.name && isKnownEntity(schema, value);
    case 'set':
      return value instanceof SetValue && value.elements.every((element) => fits(element, type.element, schema));
    case 'record':
      return fitsRecord(value, type, schema);
  }
}

/** What is wrong with the request, or undefined. */
export function plainRequestProblem(schema: Schema, request: PlainRequest): string | undefined {
  const action = schema.actions.get(request.action.key);
  if (action === undefined) return 'the action is not declared';
  if (!action.principals.has(request.principal.type)) return 'the action does not apply to the principal';
  if (!action.resources.has(request.resource.type)) return 'the action does not apply to the resource';
  if (!isKnownEntity(schema, request.principal) || !isKnownEntity(schema, request.resource))
    return 'an id is not one of its type';
  return fitsRecord(request.context, action.context, schema) ? undefined : 'the context does not fit its type';
}
