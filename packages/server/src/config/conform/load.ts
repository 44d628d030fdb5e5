/** A case with its files read: policies compiled, entities with their ancestors, the schema resolved. */
import {
  type CompiledPolicy,
  type EntityView,
  plainEntities,
  plainPolicies,
  resolveSchema,
  type Schema,
} from '@countersign/kernel/cedar';
import { isRecord, type JsonRecord } from '@countersign/kernel/json';
import type { ForeignCedar, ForeignPolicySet } from '../../ports/cedar.ts';
import { type ForeignTest, UnreadableTest } from './cases.ts';
import { besideFile, findFile, readJson, readText } from './files.ts';
import { parseExact } from './exactJson.ts';

export interface LoadedTest {
  readonly set: ForeignPolicySet;
  readonly policies: readonly CompiledPolicy[];
  readonly schema: Schema | undefined;
  /** What the validator is given. */
  readonly schemaOriginal: JsonRecord | string | undefined;
  readonly entities: EntityView | undefined;
}

export interface Place {
  readonly file: string;
  readonly root: string;
  readonly cedar: ForeignCedar;
}

const refuse = (what: string): never => {
  throw new UnreadableTest(what);
};

async function locate(path: string, { file, root }: Place): Promise<string> {
  return (await findFile(path, file, root)) ?? refuse(`there is no file ${path}`);
}

const recordOf = (value: unknown): Readonly<Record<string, unknown>> => (isRecord(value) ? value : {});

function jsonPolicies(json: unknown): ForeignPolicySet {
  const isOne = isRecord(json) && 'effect' in json;
  const set = isOne ? { staticPolicies: { policy0: json } } : recordOf(json);
  const statics = set.staticPolicies ?? set.policies;
  if (statics === undefined && set.templates === undefined) return refuse('the JSON policies cannot be read');
  const entries = Array.isArray(statics)
    ? statics.map((policy, at) => [`policy${at}`, policy] as const)
    : Object.entries(recordOf(statics));
  const staticPolicies = Object.fromEntries(entries);
  const templates = recordOf(set.templates);
  const links = set.templateLinks ?? set.template_links;
  return {
    staticPolicies,
    templates,
    templateLinks: Array.isArray(links) ? links : [],
    original: { staticPolicies, templates } as JsonRecord,
  };
}

async function policiesOf(test: ForeignTest, place: Place): Promise<ForeignPolicySet> {
  const { policies } = test;
  if (isRecord(policies)) return jsonPolicies(policies);
  let text: string;
  if (typeof policies === 'string' && /;\s*$/u.test(policies)) text = policies;
  else if (typeof policies === 'string') text = await readText(await locate(policies, place));
  else text = await readText((await besideFile(place.file, ['.cedar'])) ?? refuse('there are no policies beside it'));
  // Cedar text never begins with a brace, JSON policies always do.
  return /^\s*\{/u.test(text) ? jsonPolicies(parseExact(text)) : place.cedar.readPolicies(text);
}

async function schemaOf(
  test: ForeignTest,
  place: Place,
): Promise<{ json: JsonRecord; original: JsonRecord | string } | undefined> {
  const { schema } = test;
  if (isRecord(schema)) return { json: schema, original: schema };
  const isRunFile = test.policies === undefined;
  const path =
    typeof schema === 'string' && schema !== ''
      ? await locate(schema, place)
      : isRunFile
        ? await besideFile(place.file, ['.cedarschema', '.cedarschema.json'])
        : undefined;
  if (path === undefined) return undefined;
  const text = await readText(path);
  if (!/^\s*\{/u.test(text)) return { json: await place.cedar.readSchema(text), original: text };
  const json = JSON.parse(text) as unknown;
  return isRecord(json) ? { json, original: json } : refuse('the schema is not an object');
}

function linksOf(set: ForeignPolicySet, links: unknown): ForeignPolicySet {
  if (links === undefined) return set;
  if (!Array.isArray(links)) return refuse('the template links are not a list');
  const read = links.map((link: unknown) => {
    const { templateId, template_id: older, newId, new_id: id, result_policy_id: result, linkId, values, args } = recordOf(link);
    return { templateId: templateId ?? older, newId: newId ?? id ?? result ?? linkId, values: values ?? args };
  });
  return { ...set, templateLinks: [...set.templateLinks, ...read] };
}

/** Reads entities that a test gives inline or by path. */
export async function entitiesOf(json: unknown, schema: Schema | undefined, place: Place): Promise<EntityView> {
  const value = typeof json === 'string' ? await readJson(await locate(json, place)) : (json ?? []);
  return plainEntities(value, schema);
}

export async function loadTest(test: ForeignTest, place: Place): Promise<LoadedTest> {
  const set = linksOf(await policiesOf(test, place), test.links);
  const found = await schemaOf(test, place);
  const schema = found === undefined ? undefined : resolveSchema(found.json);
  return {
    set,
    policies: plainPolicies(set),
    schema,
    schemaOriginal: found?.original,
    entities:
      test.entities === undefined && test.policies === undefined ? undefined : await entitiesOf(test.entities, schema, place),
  };
}
