/** Tool servers: that what they name exists, that their secrets are references, and the records that the rest of the process reads. */
import type { OperationRecord, ToolServerRecord, ToolTransport } from '../../ports/registry.ts';
import type { Findings } from '../finding.ts';
import { byteCount, durationMs } from '../schema/common.ts';
import type { Parsed } from '../schema/parse.ts';
import type { ToolFile } from '../schema/tool.ts';
import type { Registries } from './registries.ts';
import { checkAliases } from './tool-aliases.ts';
import { checkOperations } from './tool-operations.ts';
import { checkTransport } from './tool-transport.ts';
import { mustExist, type Vocabulary } from './vocabulary.ts';

type Tool = Parsed<ToolFile>;

export function checkTools(registries: Registries, words: Vocabulary, findings: Findings): void {
  const used = new Set<string>();
  for (const tool of registries.tools) {
    const { value } = tool;
    if (tool.file !== `tools/${value.id}.yaml`) {
      const message = `The tool server \`${value.id}\` must stand in \`tools/${value.id}.yaml\`.`;
      findings.error(tool.at('id'), { code: 'tool.file-name', message });
    }
    checkReferences(tool, words, findings);
    checkTransport(tool, findings);
    checkOperations(tool, registries.documents, findings);
    if (value.transport.kind === 'openapi') used.add(value.transport.document);
  }
  checkAliases(registries.tools, findings);
  for (const name of registries.documents.keys()) {
    if (used.has(name)) continue;
    const message = 'No tool server uses this document.';
    findings.error({ file: `tools/${name}`, line: 1, column: 1 }, { code: 'tool.document-unused', message });
  }
}

function checkReferences(tool: Tool, words: Vocabulary, findings: Findings): void {
  const { value } = tool;
  const check = (kind: string, name: string, known: Iterable<string>, ...path: PropertyKey[]): void =>
    mustExist({ place: tool.at(...path), kind, name }, known, findings);
  check('group', value.owner, words.members.keys(), 'owner');
  check('environment', value.environment, words.environments, 'environment');
  value.teams.forEach((name, index) => check('team', name, words.teams, 'teams', index));
  value.environments.forEach((name, index) => check('environment', name, words.environments, 'environments', index));
  value.useCases.forEach((name, index) => check('use case', name, words.useCases, 'useCases', index));
  value.operations.forEach(({ environments }, at) =>
    environments?.forEach((name, index) => {
      // An operation narrows what its server allows, and never widens it.
      check('environment', name, value.environments, 'operations', at, 'environments', index);
    }),
  );
  if (words.members.has(value.owner) && words.members.get(value.owner)?.length === 0) {
    const message = `Nobody is in \`${value.owner}\`, so nobody can approve a definition of this server.`;
    findings.error(tool.at('owner'), { code: 'tool.owner', message });
  }
}

/** INVARIANT: only for files that were checked without an error. */
export function toolServerRecord({ value }: Tool, documents: ReadonlyMap<string, string>): ToolServerRecord {
  return {
    id: value.id,
    title: value.title,
    owner: value.owner,
    environment: value.environment,
    transport: transportOf(value.transport, documents),
    credentials: value.credentials,
    teams: [...value.teams].sort(),
    environments: [...value.environments].sort(),
    useCases: [...value.useCases].sort(),
    dataClass: value.dataClass,
    maxDataClass: value.maxDataClass,
    taints: [...new Set(value.taints)].sort(),
    expose: value.expose,
    operations: value.operations.map(operationRecord).sort((a, b) => (a.name < b.name ? -1 : 1)),
    concurrency: value.concurrency,
    queueMs: durationMs(value.queue),
    timeoutMs: durationMs(value.timeout),
    argumentBytesMax: byteCount(value.argumentsMax),
    resultBytesMax: byteCount(value.resultMax),
    ratePerMinute: value.ratePerMinute,
    elicitation: value.elicitation,
    elicitationHosts: [...value.elicitationHosts].sort(),
    sampling: value.sampling,
    roots: value.roots,
    enabled: value.enabled,
  };
}

const transportOf = (transport: ToolFile['transport'], documents: ReadonlyMap<string, string>): ToolTransport =>
  transport.kind === 'openapi' ? { ...transport, text: documents.get(transport.document) ?? '' } : transport;

function operationRecord(operation: ToolFile['operations'][number]): OperationRecord {
  const { argumentsMax, resultMax, timeout, http, taints, environments, ...rest } = operation;
  return {
    ...rest,
    arguments: rest.arguments as OperationRecord['arguments'],
    environments: environments === null ? null : [...environments].sort(),
    taints: taints === null ? null : [...new Set(taints)].sort(),
    argumentBytesMax: argumentsMax === null ? null : byteCount(argumentsMax),
    resultBytesMax: resultMax === null ? null : byteCount(resultMax),
    timeoutMs: timeout === null ? null : durationMs(timeout),
    ...(http === undefined ? {} : { http: http as NonNullable<OperationRecord['http']> }),
  };
}
