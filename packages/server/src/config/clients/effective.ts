/**
 * What the real Codex says is in force (`codex app-server --print-startup-config`) against what was written for it. It ignores keys that it does
 * not know without a word, so that a typing error of ours, or an older version of theirs, is seen only here.
 */
import { isRecord, type Json, type JsonRecord } from '@countersign/kernel/json';
import type { TomlTable, TomlValue } from './codex-requirements.ts';

/** Not printed by the client; a run shows them. */
const UNPRINTED = new Set(['mcp_servers', 'permissions', 'rules', 'config_server']);

const RENAMED: Readonly<Record<string, string>> = {
  features: 'featureRequirements',
  experimental_network: 'network',
};

const camel = (name: string): string => name.replace(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase());

/** Tables whose members are camel-cased, too. */
const CAMEL = new Set(['experimental_network']);

/**
 * @param meant the requirements as a table @param printed what the client printed
 * @returns one sentence for each requirement that is not in force as it was meant; empty when all are
 */
export function compareRequirements(meant: TomlTable, printed: unknown): readonly string[] {
  const effective = requirementsIn(printed);
  if (effective === undefined) return ['The client did not print its requirements.'];
  return Object.entries(meant)
    .filter(([name]) => !UNPRINTED.has(name))
    .flatMap(([name, value]) => differences(name, expected(name, value), effective[RENAMED[name] ?? camel(name)]));
}

function requirementsIn(printed: unknown): JsonRecord | undefined {
  const config = isRecord(printed) ? printed['configRequirements'] : undefined;
  const requirements = isRecord(config) ? config['requirements'] : undefined;
  return isRecord(requirements) ? requirements : undefined;
}

/** The value as the client prints it. */
function expected(name: string, value: TomlValue): TomlValue {
  if (name === 'allowed_web_search_modes' && Array.isArray(value) && value.length === 0) return ['disabled'];
  if (name === 'hooks') return renameTimeouts(value);
  return CAMEL.has(name) ? camelKeys(value) : value;
}

const isTable = (value: TomlValue): value is TomlTable => typeof value === 'object' && !Array.isArray(value);

const mapTable = (table: TomlTable, each: (key: string, value: TomlValue) => readonly [string, TomlValue]): TomlTable =>
  Object.fromEntries(Object.entries(table).map(([key, value]) => each(key, value)));

/** The keys of `domains` are hosts and stay. */
const camelKeys = (value: TomlValue): TomlValue => (isTable(value) ? mapTable(value, (key, item) => [camel(key), item]) : value);

function renameTimeouts(value: TomlValue): TomlValue {
  if (Array.isArray(value)) return value.map(renameTimeouts);
  if (!isTable(value)) return value;
  return mapTable(value, (key, item) => [key === 'timeout' ? 'timeoutSec' : key, renameTimeouts(item)]);
}

/** Secrets are printed so. */
const REDACTED = '[redacted]';

function differences(path: string, meant: TomlValue, effective: Json | undefined): string[] {
  if (effective === REDACTED) return [];
  if (isTable(meant)) {
    if (!isRecord(effective)) return [`\`${path}\` is not in force.`];
    return Object.entries(meant).flatMap(([key, value]) => differences(`${path}.${key}`, value, effective[key]));
  }
  if (Array.isArray(meant)) {
    const list = Array.isArray(effective) ? (effective as readonly Json[]) : [];
    if (list.length !== meant.length) return [`\`${path}\` is ${said(effective)}, and should be ${said(meant as Json)}.`];
    return (meant as readonly TomlValue[]).flatMap((value, index) => differences(`${path}[${index}]`, value, list[index]));
  }
  return meant === effective ? [] : [`\`${path}\` is ${said(effective)}, and should be ${said(meant as Json)}.`];
}

const said = (value: Json | undefined): string =>
  value === undefined || value === null ? 'not in force' : `\`${JSON.stringify(value)}\``;
