/** A YAML file against its schema: every problem with its line, in our words, with the nearest key where a key is unknown. */
import type { z } from 'zod';
import { isRecord, type Json, type JsonRecord } from '@countersign/kernel/json';
import type { Findings, Place } from '../finding.ts';
import { readYaml, type YamlFile } from '../read/yaml.ts';
import { FILE_SCHEMAS, jsonSchemaOf, type SchemaName } from './emit.ts';
import { nearest } from './nearest.ts';

export interface Parsed<T> {
  readonly file: string;
  readonly value: T;
  at(...path: readonly PropertyKey[]): Place;
}

type Issue = z.core.$ZodIssue;

/** Undefined when the file is refused. A profile has a default for everything, so that an empty file is one, too. */
export function parseFile<N extends SchemaName>(
  name: N,
  source: { file: string; text: string },
  findings: Findings,
): Parsed<z.infer<(typeof FILE_SCHEMAS)[N]>> | undefined {
  const yaml = readYaml(source.file, source.text, findings);
  if (yaml === undefined) return undefined;
  const result = FILE_SCHEMAS[name].safeParse(yaml.isEmpty && name === 'profile' ? {} : yaml.value);
  if (!result.success) {
    for (const issue of result.error.issues) complain(issue, { yaml, schema: jsonSchemaOf(name), findings });
    return undefined;
  }
  return { file: source.file, value: result.data as z.infer<(typeof FILE_SCHEMAS)[N]>, at: (...path) => yaml.at(path) };
}

interface Where {
  readonly yaml: YamlFile;
  readonly schema: JsonRecord;
  readonly findings: Findings;
}

const pathText = (path: readonly PropertyKey[]): string =>
  path.map((step, index) => (typeof step === 'number' ? `[${step}]` : `${index === 0 ? '' : '.'}${String(step)}`)).join('') ||
  'the file';

function complain(issue: Issue, where: Where): void {
  const { yaml, schema, findings } = where;
  const path = issue.path;
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(schema, path);
    for (const key of issue.keys) {
      const near = nearest(key, known);
      const hint = near === undefined ? `known are ${known.join(', ')}` : `did you mean \`${near}\`?`;
      findings.error(yaml.key(path, key), {
        code: 'yaml.unknown-key',
        message: `\`${pathText([...path, key])}\` is not a key here.`,
        hint,
      });
    }
    return;
  }
  const place = yaml.at(path);
  const name = `\`${pathText(path)}\``;
  if (isMissing(issue, yaml.value)) {
    findings.error(place, { code: 'yaml.missing-key', message: `${name} is missing.`, ...describedAt(schema, path) });
    return;
  }
  findings.error(place, { code: codeOf(issue), message: `${name} ${problemOf(issue)}.`, ...hintOf(issue, where) });
}

function isMissing(issue: Issue, value: unknown): boolean {
  let here = value;
  for (const step of issue.path) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, step)) return true;
    here = (here as Record<PropertyKey, unknown>)[step];
  }
  return false;
}

const codeOf = (issue: Issue): string => (issue.code === 'invalid_type' ? 'yaml.type' : 'yaml.value');

const isOurs = (message: string): boolean => message.startsWith('must') || message.startsWith('is ');
const OTHERWISE = 'has a value that is not accepted';

function problemOf(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${article(issue.expected)}`;
    case 'invalid_value':
      return `must be ${issue.values.length === 1 ? '' : 'one of '}${issue.values.map(String).join(', ')}`;
    case 'too_big':
      return `must be at most ${String(issue.maximum)}${unitOf(issue.origin)}`;
    case 'too_small':
      return isOurs(issue.message)
        ? issue.message
        : `must be ${issue.inclusive === false ? 'more than' : 'at least'} ${String(issue.minimum)}${unitOf(issue.origin)}`;
    case 'invalid_key':
      return `has a key that ${issue.issues[0]?.message ?? 'is not accepted'}`;
    default:
      return isOurs(issue.message) ? issue.message : OTHERWISE;
  }
}

const UNITS: Readonly<Record<string, string>> = { string: ' characters', array: ' items' };
const unitOf = (origin: string): string => UNITS[origin] ?? '';

const TYPES: Readonly<Record<string, string>> = { int: 'an integer', array: 'a list', object: 'a map', record: 'a map' };
const article = (type: string): string => TYPES[type] ?? `a ${type}`;

function hintOf(issue: Issue, { yaml, schema }: Where): { hint: string } | object {
  if (issue.code === 'invalid_value') {
    const given = valueAt(yaml.value, issue.path);
    const near = typeof given === 'string' ? nearest(given, issue.values.map(String)) : undefined;
    if (near !== undefined) return { hint: `did you mean \`${near}\`?` };
  }
  return describedAt(schema, issue.path);
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (here, step) => (typeof here === 'object' && here !== null ? (here as Record<PropertyKey, unknown>)[step] : undefined),
    value,
  );
}

function describedAt(schema: JsonRecord, path: readonly PropertyKey[]): { hint: string } | object {
  const description = path.length === 0 ? undefined : schemaAt(schema, path)?.['description'];
  return typeof description === 'string' ? { hint: description } : {};
}

const keysAt = (schema: JsonRecord, path: readonly PropertyKey[]): string[] => {
  const here = schemaAt(schema, path);
  return here === undefined ? [] : [...new Set(branchesOf(here).flatMap(({ properties }) => namesOf(properties)))];
};

const namesOf = (properties: Json | undefined): string[] => (isRecord(properties) ? Object.keys(properties) : []);

/** A schema and its alternatives: of a union, or of a value that may also be null. */
function branchesOf(schema: JsonRecord): readonly JsonRecord[] {
  const others = [schema['anyOf'], schema['oneOf']].flatMap((list) => (Array.isArray(list) ? (list as readonly Json[]) : []));
  return [schema, ...others.filter(isRecord)];
}

/** Walks a JSON Schema as a value's path goes; the emitted schemas have no references. */
function schemaAt(schema: JsonRecord, path: readonly PropertyKey[]): JsonRecord | undefined {
  let here: Json | undefined = schema;
  for (const step of path) {
    if (!isRecord(here)) return undefined;
    here = branchesOf(here)
      .map((branch) => below(branch, step))
      .find(isRecord);
  }
  return isRecord(here) ? here : undefined;
}

function below(schema: JsonRecord, step: PropertyKey): Json | undefined {
  if (typeof step === 'number') return schema['items'];
  const { properties } = schema;
  return isRecord(properties) && Object.hasOwn(properties, step) ? properties[String(step)] : schema['additionalProperties'];
}
