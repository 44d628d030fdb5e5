/** Policy texts through the reference implementation: translated, validated, linted. One broken file does not hide what is wrong in the others. */
import type { PolicySource } from '@countersign/kernel/decide';
import { asFault } from '@countersign/kernel/fault';
import type { JsonRecord } from '@countersign/kernel/json';
import type { CedarText, Finding as PolicyFinding, LintVocabulary } from '../../ports/cedar.ts';
import { COMMANDS_FILE, type Findings, type Place, wholeFile } from '../finding.ts';
import { type GovernanceFiles, kindOf } from '../read/files.ts';
import { commandPolicies, type CommandTerms, hasCommands, hasPersons } from './command-policies.ts';
import { SCHEMA_FILE } from './schema-file.ts';

/** Duties that the doors of this version can keep. */
export const KNOWN_OBLIGATIONS = ['attach-diff-summary', 'link-ticket', 'log-digest', 'log-full', 'require-ci'] as const;

export interface BuiltPolicies {
  readonly schema: JsonRecord;
  readonly namespace: string;
  readonly policies: readonly PolicySource[];
}

export interface PolicyTerms {
  readonly cedar: CedarText;
  /** Absent (no usable countersign.yaml): annotations are not linted. */
  readonly vocabulary?: LintVocabulary;
  /** From which the policies of command rules are made; absent where it is not known. */
  readonly commands?: CommandTerms;
}

/** Undefined when anything was refused. */
export async function buildPolicies(
  files: GovernanceFiles,
  { cedar, vocabulary, commands }: PolicyTerms,
  findings: Findings,
): Promise<BuiltPolicies | undefined> {
  const schemaText = files[SCHEMA_FILE];
  const schema =
    schemaText === undefined
      ? undefined
      : await attempt(SCHEMA_FILE, findings, () => cedar.translateSchema(schemaText, SCHEMA_FILE));
  const { policies, complete } = await translateAll(files, cedar, findings);
  if (schema !== undefined && commands !== undefined) policies.push(...(await commandRules(schema, commands, cedar, findings)));
  if (vocabulary !== undefined) report(cedar.lintPolicies(policies, vocabulary), findings);
  // Ids are the keys of validation; a second one would hide the first.
  const unique = new Set(policies.map(({ id }) => id)).size === policies.length;
  if (schema !== undefined && unique) report(await validated(policies, schema, cedar), findings);
  if (!complete || schema === undefined || findings.failed) return undefined;
  const namespace = namespaceOf(schema, findings);
  return namespace === undefined ? undefined : { schema, namespace, policies };
}

async function translateAll(
  files: GovernanceFiles,
  cedar: CedarText,
  findings: Findings,
): Promise<{ policies: PolicySource[]; complete: boolean }> {
  const policies: PolicySource[] = [];
  let complete = true;
  const paths = Object.keys(files).filter((path) => kindOf(path) === 'policy');
  for (const file of paths.sort()) {
    const translated = await attempt(file, findings, () => cedar.translatePolicies(files[file] ?? '', file));
    if (translated === undefined) complete = false;
    else policies.push(...translated.policies);
  }
  return { policies, complete };
}

/** What command rules become; see `commandPolicies`. */
async function commandRules(
  schema: JsonRecord,
  terms: CommandTerms,
  cedar: CedarText,
  findings: Findings,
): Promise<readonly PolicySource[]> {
  const [namespace = ''] = Object.keys(schema);
  if (!hasCommands(schema, namespace, terms.given, findings)) return [];
  const text = commandPolicies(terms, { namespace, persons: hasPersons(schema, namespace) });
  const made = await attempt(COMMANDS_FILE, findings, () => cedar.translatePolicies(text, COMMANDS_FILE));
  return (made?.policies ?? []).map((policy) => ({ ...policy, line: 1 }));
}

function namespaceOf(schema: JsonRecord, findings: Findings): string | undefined {
  const [namespace = '', ...others] = Object.keys(schema);
  if (namespace !== '' && others.length === 0) return namespace;
  findings.error(wholeFile(SCHEMA_FILE), { code: 'schema.namespace', message: 'The schema must have exactly one namespace.' });
  return undefined;
}

async function validated(
  policies: readonly PolicySource[],
  schema: JsonRecord,
  cedar: CedarText,
): Promise<readonly PolicyFinding[]> {
  try {
    return await cedar.validatePolicies(policies, schema);
  } catch (thrown) {
    return [{ severity: 'error', code: 'cedar.invalid', message: asFault(thrown).publicText, reference: SCHEMA_FILE }];
  }
}

async function attempt<T>(file: string, findings: Findings, read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (thrown) {
    const text = asFault(thrown).publicText;
    findings.error(placeOf(text, file), { code: 'cedar.syntax', message: sentence(text.replace(/^[^\s:]+(?::\d+)?: /, '')) });
    return undefined;
  }
}

const report = (given: readonly PolicyFinding[], findings: Findings): void => {
  for (const { severity, code, message, reference } of given) {
    const id = /#(.+)$/.exec(reference)?.[1];
    const text = { code, message: sentence(id === undefined ? message : `\`${id}\`: ${message}`) };
    if (severity === 'error') findings.error(placeOf(reference, 'policies'), text);
    else findings.warn(placeOf(reference, 'policies'), text);
  }
};

/** Place of `file:line#id` or `file:line: text`. */
function placeOf(reference: string, file: string): Place {
  const found = /^([^\s:#]+):(\d+)/.exec(reference);
  return { file: found?.[1] ?? file, line: Number(found?.[2] ?? 1), column: 1 };
}

const sentence = (text: string): string => (/[.!?)]$/.test(text) ? text : `${text}.`);
