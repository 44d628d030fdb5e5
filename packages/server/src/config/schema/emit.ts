/** The schemas as JSON Schema, for editors: `# yaml-language-server: $schema=` at the top of a file names one. */
import { z } from 'zod';
import { isRecord, type JsonRecord } from '@countersign/kernel/json';
import { AgentFile } from './agent.ts';
import { CasesFile } from './cases.ts';
import { CommandsFile } from './commands.ts';
import { ClientsFile } from './clients.ts';
import { CountersignFile } from './countersign.ts';
import { EgressFile } from './egress.ts';
import { ModelFile } from './model.ts';
import { ProfileFile } from './profile.ts';
import { RepositoryFile } from './repository.ts';
import { ToolFile } from './tool.ts';

export const FILE_SCHEMAS = {
  countersign: CountersignFile,
  agent: AgentFile,
  model: ModelFile,
  repository: RepositoryFile,
  tool: ToolFile,
  commands: CommandsFile,
  egress: EgressFile,
  profile: ProfileFile,
  cases: CasesFile,
  clients: ClientsFile,
} as const;

export type SchemaName = keyof typeof FILE_SCHEMAS;

const emitted = new Map<SchemaName, JsonRecord>();

/** JSON Schema 2020-12 of what an author may write: members with defaults are optional. */
export function jsonSchemaOf(name: SchemaName): JsonRecord {
  let schema = emitted.get(name);
  if (schema === undefined) {
    const made: unknown = JSON.parse(JSON.stringify(z.toJSONSchema(FILE_SCHEMAS[name], { io: 'input', unrepresentable: 'any' })));
    schema = isRecord(made) ? made : {};
    emitted.set(name, schema);
  }
  return schema;
}

/** Files below `.schema/` of a governance directory, by name. */
export function schemaFiles(): Readonly<Record<string, string>> {
  const names = Object.keys(FILE_SCHEMAS) as SchemaName[];
  return Object.fromEntries(names.map((name) => [`${name}.json`, `${JSON.stringify(jsonSchemaOf(name), null, 2)}\n`]));
}
