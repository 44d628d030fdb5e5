/** Profiles of sandboxes: from a file to what a backend takes. */
import { clientPlaces } from '../../ports/clients.ts';
import { AUTHORITY_VARIABLES, type ProfileEgress, type SandboxProfile } from '../../ports/sandbox-profile.ts';
import { composeProfile } from '../../ports/egress-profile.ts';
import { type EgressSettings, NO_EGRESS } from '../../ports/egress-settings.ts';
import { asFault } from '@countersign/kernel/fault';
import type { Findings } from '../finding.ts';
import { durationMs } from '../schema/common.ts';
import type { Parsed } from '../schema/parse.ts';
import { type ProfileFile, sizeBytes } from '../schema/profile.ts';
import { egressOf as egressSettings } from './egress.ts';
import { inlineRules } from './egress-rules.ts';
import type { Registries } from './registries.ts';

const countOf = (value: number | 'none'): number => (value === 'none' ? 0 : value);

/** `profiles/node-build.yaml` is node-build; other characters of a file name become dashes. */
const nameOf = ({ file, value }: Parsed<ProfileFile>): string =>
  value.name ??
  (file
    .replace(/^.*\//, '')
    .replace(/\.ya?ml$/, '')
    .toLowerCase()
    .replace(/[^a-z0-9.]+/g, '-')
    .replace(/^[^a-z]+|[-.]+$/g, '') ||
    'profile');

/** Profiles of a bundle: against their file names, and against egress.yaml. */
export function checkProfiles({ profiles, egress }: Registries, findings: Findings): void {
  const settings = egress === undefined ? NO_EGRESS : egressSettings(egress.value);
  for (const parsed of profiles) {
    const profile = sandboxProfile(parsed, findings);
    if (parsed.file !== `profiles/${profile.name}.yaml`)
      findings.error(parsed.at('name'), {
        code: 'profile.name',
        message: `The file of the profile \`${profile.name}\` must be \`profiles/${profile.name}.yaml\`.`,
      });
    if (profile.egress !== undefined && !findings.failed) checkEgress(parsed, profile, settings, findings);
  }
}

function checkEgress(
  parsed: Parsed<ProfileFile>,
  { name, egress }: SandboxProfile,
  settings: EgressSettings,
  findings: Findings,
): void {
  try {
    composeProfile(settings, { name, environment: '', repository: null, useCase: null, ...egress });
  } catch (thrown) {
    findings.error(parsed.at('egress'), { code: 'profile.egress', message: asFault(thrown).publicText });
  }
}

/** What the schema cannot say is told in `findings`. */
export function sandboxProfile(parsed: Parsed<ProfileFile>, findings: Findings): SandboxProfile {
  const { value } = parsed;
  const name = nameOf(parsed);
  checkPaths(parsed, findings);
  checkVariables(parsed, findings);
  const egress = egressOf(parsed, name, findings);
  return {
    name,
    about: value.about ?? '',
    least: value.least,
    workspace: value.workspace,
    mounts: value.mounts.map(({ path, at, mode }) => ({ path, mode, ...(at === undefined ? {} : { at }) })),
    clients: [...new Set(value.clients)],
    environment: value.environment,
    limits: limitsOf(value.limits),
    network: value.network,
    ...(egress === undefined ? {} : { egress }),
    nested: value.nested,
    debug: value.debug,
  };
}

const limitsOf = (limits: ProfileFile['limits']): SandboxProfile['limits'] => ({
  memoryBytes: sizeBytes(limits.memory),
  processes: countOf(limits.processes),
  cpuPercent: countOf(limits.cpu),
  fileBytes: sizeBytes(limits.fileSize),
  openFiles: limits.openFiles,
  workspaceBytes: sizeBytes(limits.workspace),
  workspaceFiles: countOf(limits.workspaceFiles),
  tmpBytes: sizeBytes(limits.tmp),
  outputBytes: sizeBytes(limits.output),
  wallMs: durationMs(limits.time),
});

function egressOf(parsed: Parsed<ProfileFile>, name: string, findings: Findings): ProfileEgress | undefined {
  const { value } = parsed;
  if (value.network === 'none') return undefined;
  const { rules = [], sets = [], unfamiliar = 'deny', upload, download, connections } = value.egress ?? {};
  return {
    rules: inlineRules(rules, name, ({ path, message, hint }) =>
      findings.error(parsed.at('egress', 'rules', ...path), {
        code: 'egress.rule',
        message,
        ...(hint === undefined ? {} : { hint }),
      }),
    ),
    sets,
    unfamiliar,
    ...(upload === undefined ? {} : { uploadBytes: sizeBytes(upload) }),
    ...(download === undefined ? {} : { downloadBytes: sizeBytes(download) }),
    ...(connections === undefined ? {} : { connections }),
  };
}

/** What the sandbox sets anyway would be a line that nobody reads. */
function checkVariables(parsed: Parsed<ProfileFile>, findings: Findings): void {
  const { value } = parsed;
  if (value.network === 'none') return;
  for (const name of [...AUTHORITY_VARIABLES, 'NODE_USE_ENV_PROXY'].filter((each) => Object.hasOwn(value.environment, each)))
    findings.error(parsed.at('environment', name), {
      code: 'profile.variable',
      message: `\`environment.${name}\` is a variable that the sandbox sets itself where it has a network.`,
    });
}

/** Two mounts in one place would hide one of them; which one would be chance. */
function checkPaths(parsed: Parsed<ProfileFile>, findings: Findings): void {
  const { value } = parsed;
  const places = value.mounts.map((mount) => mount.at ?? mount.path);
  const given = value.clients.flatMap((name) => [clientPlaces(name).settings, clientPlaces(name).program]);
  places.forEach((place, index) => {
    if (places.indexOf(place) === index && !given.includes(place)) return;
    findings.error(parsed.at('mounts', index), { code: 'profile.mount', message: `\`${place}\` is mounted twice.` });
  });
}
