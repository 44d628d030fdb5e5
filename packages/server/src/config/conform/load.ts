/** A case with its files read: policies compiled, entities with their ancestors, the schema resolved. */
import { basename } from 'node:path';
import {
  type CompiledPolicy,
  type EntityView,
  plainEntities,
  plainPolicies,
  plainSchema,
  type Schema,
} from '@countersign/kernel/cedar';
import { isRecord, type JsonRecord } from '@countersign/kernel/json';
import type { ForeignCedar, ForeignPolicySet } from '../../ports/cedar.ts';
import type { ForeignTest } from './cases.ts';
import { besideFile, findFile, jsonOf, readJson, readText } from './files.ts';
import { withLinks } from './links.ts';
import { jsonPolicies } from './policies.ts';
import { jsonSchema } from './schema.ts';
import { naming, refuse } from './unreadable.ts';

export interface LoadedTest {
  readonly set: ForeignPolicySet;
  readonly policies: readonly CompiledPolicy[];
  readonly schema: Schema | undefined;
  /** What the validator is given. */
  readonly schemaOriginal: JsonRecord | string | undefined;
  /** Whether the schema was found beside the file and not named by it: it says how values are read, and requests are not held against it. */
  readonly isSchemaGuessed: boolean;
  readonly entities: EntityView | undefined;
}

export interface Place {
  readonly file: string;
  readonly root: string;
  readonly cedar: ForeignCedar;
}

async function locate(path: string, { file, root }: Place): Promise<string> {
  return (await findFile(path, file, root)) ?? refuse(`there is no file ${path}`);
}

interface FoundText {
  readonly text: string;
  /** What a complaint calls it. */
  readonly name: string;
}

async function fileText(path: string): Promise<FoundText> {
  return { text: await readText(path), name: basename(path) };
}

/** Text that stands in the case itself, or in the file that it names; `isInline` tells one from the other. */
async function textOf(value: string, isInline: RegExp, place: Place): Promise<FoundText> {
  return isInline.test(value) ? { text: value, name: 'text in the case' } : fileText(await locate(value, place));
}

/** No path has a line's end, an opening brace, or the beginning of a statement in it. */
const INLINE_POLICIES = /[\n\r{]|;\s*$|\b(?:permit|forbid)\s*\(/u;
const INLINE_SCHEMA = /[\n\r{]|;\s*$/u;
const INLINE_JSON = /^\s*[[{]/u;

// Cedar text never begins with a brace, JSON always does.
const isJson = (text: string): boolean => /^\s*\{/u.test(text);

async function policiesOf(test: ForeignTest, place: Place): Promise<ForeignPolicySet> {
  const { policies } = test;
  if (isRecord(policies) || Array.isArray(policies)) return jsonPolicies(policies, place.cedar);
  if (policies !== undefined && typeof policies !== 'string')
    return refuse('its policies are neither a path, nor text, nor JSON');
  const { text, name } =
    policies === undefined
      ? await fileText((await besideFile(place.file, ['.cedar', '.cedar.json'])) ?? refuse('there are no policies beside it'))
      : await textOf(policies, INLINE_POLICIES, place);
  const read = isJson(text) ? jsonPolicies(jsonOf(text, name), place.cedar) : place.cedar.readPolicies(text);
  return naming(name, read);
}

async function schemaText(test: ForeignTest, place: Place): Promise<FoundText | undefined> {
  const { schema } = test;
  if (typeof schema === 'string' && schema !== '') return textOf(schema, INLINE_SCHEMA, place);
  if (schema !== undefined && schema !== '') return refuse('its schema is neither a path, nor text, nor JSON');
  const beside = test.isRunFile ? await besideFile(place.file, ['.cedarschema', '.cedarschema.json']) : undefined;
  return beside === undefined ? undefined : fileText(beside);
}

async function schemaOf(
  test: ForeignTest,
  place: Place,
): Promise<{ json: JsonRecord; original: JsonRecord | string } | undefined> {
  if (isRecord(test.schema)) return jsonSchema(test.schema);
  const found = await schemaText(test, place);
  if (found === undefined) return undefined;
  const { text, name } = found;
  if (isJson(text)) return jsonSchema(jsonOf(text, name));
  return { json: await naming(name, place.cedar.readSchema(text)), original: text };
}

async function entitiesJson(json: unknown, place: Place): Promise<unknown> {
  if (typeof json !== 'string') return json ?? [];
  return INLINE_JSON.test(json) ? jsonOf(json, 'text in the case') : readJson(await locate(json, place));
}

/** Reads entities that a test gives inline or by path. */
export async function entitiesOf(json: unknown, schema: Schema | undefined, place: Place): Promise<EntityView> {
  return plainEntities(await entitiesJson(json, place), schema);
}

export async function loadTest(test: ForeignTest, place: Place): Promise<LoadedTest> {
  const set = withLinks(await policiesOf(test, place), test.links);
  await place.cedar.check(set);
  const found = await schemaOf(test, place);
  const schema = found === undefined ? undefined : plainSchema(found.json);
  return {
    set,
    policies: plainPolicies(set),
    schema,
    schemaOriginal: found?.original,
    isSchemaGuessed: test.schema === undefined,
    entities: test.isRunFile ? undefined : await entitiesOf(test.entities, schema, place),
  };
}
