/** The registries of one governance directory: what the files say, with the place of everything, before it is checked against itself. */
import type { Catalogue } from '../catalogue/format.ts';
import { shippedCatalogue } from '../catalogue/catalogue.ts';
import { parseCatalogue } from '../catalogue/refresh.ts';
import { asFault } from '@countersign/kernel/fault';
import { type Findings, wholeFile } from '../finding.ts';
import { type FileKind, type GovernanceFiles, kindOf } from '../read/files.ts';
import type { AgentFile } from '../schema/agent.ts';
import type { CasesFile } from '../schema/cases.ts';
import type { ClientsFile } from '../schema/clients.ts';
import type { CountersignFile } from '../schema/countersign.ts';
import type { ModelFile } from '../schema/model.ts';
import { type Parsed, parseFile } from '../schema/parse.ts';
import type { RepositoryFile } from '../schema/repository.ts';
import type { ToolFile } from '../schema/tool.ts';

export interface Registries {
  readonly main: Parsed<CountersignFile>;
  readonly agents: readonly Parsed<AgentFile>[];
  readonly models: readonly Parsed<ModelFile>[];
  readonly repositories: readonly Parsed<RepositoryFile>[];
  readonly tools: readonly Parsed<ToolFile>[];
  /** OpenAPI documents below `tools/`, by name. */
  readonly documents: ReadonlyMap<string, string>;
  readonly cases: readonly Parsed<CasesFile>[];
  readonly catalogue: Catalogue;
  /** Absent: no client is under management. */
  readonly clients?: Parsed<ClientsFile>;
  /** Names of files that could not be read: what they hold may be named without a second finding. */
  readonly unread: ReadonlySet<string>;
}

const paths = (files: GovernanceFiles, kind: FileKind): string[] =>
  Object.keys(files)
    .filter((path) => kindOf(path) === kind)
    .sort();

/** Reads every file, so that all findings are told at once; undefined when there is no usable countersign.yaml. */
export function readRegistries(files: GovernanceFiles, findings: Findings): Registries | undefined {
  const unread = new Set<string>();
  const parseAll = <N extends 'agent' | 'model' | 'repository' | 'tool' | 'cases'>(name: N) =>
    paths(files, name)
      .map((file) => {
        const parsed = parseFile(name, { file, text: files[file] ?? '' }, findings);
        if (parsed === undefined) unread.add(file.replace(/^.*\/|\.yaml$/g, ''));
        return parsed;
      })
      .filter((parsed) => parsed !== undefined);
  const mainText = files['countersign.yaml'];
  const main =
    mainText === undefined ? undefined : parseFile('countersign', { file: 'countersign.yaml', text: mainText }, findings);
  const rest = {
    agents: parseAll('agent'),
    models: parseAll('model'),
    repositories: parseAll('repository'),
    tools: parseAll('tool'),
    documents: new Map(paths(files, 'toolDocument').map((path) => [path.slice('tools/'.length), files[path] ?? ''])),
    cases: parseAll('cases'),
  };
  const catalogue = readCatalogue(files, findings);
  const clientsText = files['clients.yaml'];
  const clients =
    clientsText === undefined ? undefined : parseFile('clients', { file: 'clients.yaml', text: clientsText }, findings);
  return main === undefined ? undefined : { main, ...rest, catalogue, unread, ...(clients === undefined ? {} : { clients }) };
}

function readCatalogue(files: GovernanceFiles, findings: Findings): Catalogue {
  const text = files['catalogue.json'];
  if (text === undefined) return shippedCatalogue();
  try {
    return parseCatalogue(text);
  } catch (thrown) {
    findings.error(wholeFile('catalogue.json'), { code: 'catalogue.invalid', message: asFault(thrown).publicText });
    return shippedCatalogue();
  }
}
