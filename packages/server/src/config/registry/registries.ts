/** The registries of one governance directory: what the files say, with the place of everything, before it is checked against itself. */
import type { Catalogue } from '../catalogue/format.ts';
import { shippedCatalogue } from '../catalogue/catalogue.ts';
import { parseCatalogue } from '../catalogue/refresh.ts';
import { asFault } from '@countersign/kernel/fault';
import { type Findings, wholeFile } from '../finding.ts';
import { type FileKind, type GovernanceFiles, kindOf } from '../read/files.ts';
import type { AgentFile } from '../schema/agent.ts';
import type { CasesFile } from '../schema/cases.ts';
import type { CommandsFile } from '../schema/commands.ts';
import type { ClientsFile } from '../schema/clients.ts';
import type { CountersignFile } from '../schema/countersign.ts';
import type { EgressFile } from '../schema/egress.ts';
import type { ModelFile } from '../schema/model.ts';
import { type Parsed, parseFile } from '../schema/parse.ts';
import type { ProfileFile } from '../schema/profile.ts';
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
  /** Undefined where there is no commands.yaml, or none that can be read. */
  readonly commands: Parsed<CommandsFile> | undefined;
  /** Absent: nothing leaves a sandbox. */
  readonly egress: Parsed<EgressFile> | undefined;
  readonly profiles: readonly Parsed<ProfileFile>[];
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
  const parseAll = <N extends 'agent' | 'model' | 'repository' | 'tool' | 'profile' | 'cases'>(name: N) =>
    paths(files, name)
      .map((file) => {
        const parsed = parseFile(name, { file, text: files[file] ?? '' }, findings);
        if (parsed === undefined) unread.add(file.replace(/^.*\/|\.yaml$/g, ''));
        return parsed;
      })
      .filter((parsed) => parsed !== undefined);
  const parseOne = <N extends 'countersign' | 'egress'>(name: N) => {
    const file = `${name}.yaml`;
    const text = files[file];
    return text === undefined ? undefined : parseFile(name, { file, text }, findings);
  };
  const main = parseOne('countersign');
  const rest = {
    agents: parseAll('agent'),
    models: parseAll('model'),
    repositories: parseAll('repository'),
    tools: parseAll('tool'),
    documents: new Map(paths(files, 'toolDocument').map((path) => [path.slice('tools/'.length), files[path] ?? ''])),
    commands: readCommands(files, findings),
    egress: parseOne('egress'),
    profiles: parseAll('profile'),
    cases: parseAll('cases'),
  };
  const catalogue = readCatalogue(files, findings);
  const clientsText = files['clients.yaml'];
  const clients =
    clientsText === undefined ? undefined : parseFile('clients', { file: 'clients.yaml', text: clientsText }, findings);
  return main === undefined ? undefined : { main, ...rest, catalogue, unread, ...(clients === undefined ? {} : { clients }) };
}

/** By itself, for whoever wants nothing but the command rules. */
export function readCommands(files: GovernanceFiles, findings: Findings): Parsed<CommandsFile> | undefined {
  const text = files['commands.yaml'];
  return text === undefined ? undefined : parseFile('commands', { file: 'commands.yaml', text }, findings);
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
