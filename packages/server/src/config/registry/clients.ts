/** What clients.yaml says, checked against the other registries. */
import { compareVersions } from '../../ports/client-version.ts';
import { CLIENT_NAMES, type ClientSettings, type ClientTerms } from '../../ports/clients.ts';
import type { Findings } from '../finding.ts';
import { CLAUDE_MINIMUM, type ClientsFile, CODEX_MINIMUM } from '../schema/clients.ts';
import { durationMs } from '../schema/common.ts';
import type { Registries } from './registries.ts';
import { mustExist, type Vocabulary } from './vocabulary.ts';

/** Name of our own door in the clients' files. */
const RESERVED = new Set(['countersign']);

const MINIMUM = { codex: CODEX_MINIMUM, claude: CLAUDE_MINIMUM } as const;

export function checkClients({ clients }: Registries, words: Vocabulary, findings: Findings): void {
  if (clients === undefined) return;
  const { value } = clients;
  for (const name of CLIENT_NAMES) {
    const terms = value[name];
    if (terms === undefined) continue;
    terms.models.forEach((model, index) =>
      mustExist({ place: clients.at(name, 'models', index), kind: 'model', name: model }, words.models, findings),
    );
    if ((compareVersions(terms.minimumVersion, MINIMUM[name]) ?? -1) < 0)
      findings.warn(clients.at(name, 'minimumVersion'), {
        code: 'clients.old',
        message: `Versions before ${MINIMUM[name]} were not seen to keep every setting.`,
      });
  }
  value.toolServers.forEach(({ id }, index) => {
    const twice = value.toolServers.findIndex((other) => other.id === id) !== index;
    if (!twice && !RESERVED.has(id)) return;
    findings.error(clients.at('toolServers', index, 'id'), {
      code: 'clients.tool-server',
      message: twice ? `The tool server \`${id}\` is there twice.` : `\`${id}\` is the name of one of our own doors.`,
    });
  });
  value.readOnlyPaths.forEach((path, index) => {
    if (!value.deniedPaths.includes(path)) return;
    findings.error(clients.at('readOnlyPaths', index), {
      code: 'clients.path',
      message: `\`${path}\` is both read-only and denied; say which.`,
    });
  });
}

const termsOf = (terms: ClientsFile['codex'] | ClientsFile['claude']): ClientTerms | null =>
  terms === undefined ? null : { minimumVersion: terms.minimumVersion, models: terms.models, sandbox: terms.sandbox };

const sorted = (list: readonly string[]): string[] => [...new Set(list)].sort();

/** INVARIANT: the order of lists that are sets never changes what is written for a machine. */
export const clientsOf = (file: ClientsFile): ClientSettings => ({
  origin: file.origin ?? null,
  unmanaged: file.unmanaged,
  graceMs: durationMs(file.grace),
  telemetry: file.telemetry,
  hosts: sorted(file.hosts),
  readOnlyPaths: sorted(file.readOnlyPaths),
  deniedPaths: sorted(file.deniedPaths),
  toolServers: [...file.toolServers].sort((a, b) => (a.id < b.id ? -1 : 1)),
  deviceTtlMs: durationMs(file.deviceTtl),
  accepted: file.accepted.map(({ client, bypass, reason, until }) => ({ client, bypass, reason, until: until ?? null })),
  codexLeavesSandbox: file.codex?.leavesSandbox ?? false,
  codex: termsOf(file.codex),
  claude: termsOf(file.claude),
});
