/** Containers of podman or docker as a backend: for hosts that have them and want more than namespaces, above all with another runtime. */
import { statSync } from 'node:fs';
import { Fault } from '@countersign/kernel/fault';
import { Grant } from '../../ports/grant.ts';
import type { Log } from '../../ports/log.ts';
import { type SandboxBackend, type SandboxCapability, type SandboxSpec, type Strength, STRENGTHS } from '../../ports/sandbox.ts';
import { isProtectedName } from '../shared/protected.ts';
import { type Survey, survey } from '../shared/survey.ts';
import { sweep } from '../shared/sweep.ts';
import { makeFolders, narrowedTo } from '../shared/writable.ts';
import { type Identity, isPodman, LABEL } from './arguments.ts';
import { holdContainer } from './holder.ts';
import { ContainerProgram, lastLine } from './program.ts';
import { refuseUnenforceable } from './refusal.ts';
import { ContainerSandbox, type Left } from './sandbox.ts';
import { type ContainerSettings, isPinned, strengthOf } from './settings.ts';

export interface ContainerBackend extends SandboxBackend {
  readonly strength: Strength;
}

export interface ContainerTerms {
  readonly settings: ContainerSettings;
  readonly log: Log;
}

/** @throws Fault config.invalid for an image without a digest */
export function createContainerBackend({ settings, log }: ContainerTerms): ContainerBackend {
  if (!isPinned(settings.image))
    throw new Fault('config.invalid', `The image ${settings.image} has no digest: name it as \`name@sha256:...\`, or by its id.`);
  const program = new ContainerProgram(settings);
  let probed: Promise<readonly SandboxCapability[]> | undefined;
  const capabilities = (): Promise<readonly SandboxCapability[]> => (probed ??= probe(program, settings));
  const swept = sweepLeft(program, settings).catch((error: unknown) => log.warn('container.sweep', { error: String(error) }));
  return {
    kind: 'container',
    strength: strengthOf(settings),
    capabilities,
    async create(grant, spec, network) {
      Grant.check(grant, actionOf(grant));
      if (network !== undefined || spec.network === 'door') refuseUnenforceable({ ...spec, network: 'door' });
      refuseUnenforceable(spec);
      refuseWeaker(settings, spec);
      await swept;
      const missing = (await capabilities()).find(({ enforced, name }) => !enforced && isAsked(name, spec));
      if (missing !== undefined) throw new Fault('sandbox.unenforceable', missing.detail);
      const identity = identityFor(settings, spec);
      // They stay: an empty folder harms nobody, and another run may have one mounted.
      makeFolders(spec.workspace.path, narrowedTo(spec.workspace) ?? []);
      const { path, protect, linkedFiles } = spec.workspace;
      const before = await survey(path, { protect, holdsLinked: linkedFiles !== 'leave' });
      const look = watched(spec, before);
      const holder = await holdContainer(program, settings, spec, { identity, survey: before });
      return new ContainerSandbox({ program, holder, spec, strength: strengthOf(settings), sweep: look });
    },
    close: async () => {
      await swept;
    },
  };
}

/** Looks at the workspace again after the run. Nothing is mounted where nothing was: what is made there is taken away instead. */
function watched({ workspace, identity }: SandboxSpec, survey: Survey): () => Promise<Left> {
  const { path } = workspace;
  const absent = survey.absent.map((each) => each.slice(path.length + 1)).filter((each) => !isProtectedName(each));
  const before = { ...survey, unmade: new Set([...survey.unmade, ...absent]) };
  const sinceMs = Date.now();
  return async () => {
    const { findings, filesChanged } = await sweep({
      root: path,
      workspace: path,
      before,
      isMountPoint: () => false,
      run: identity.run,
      sinceMs,
    });
    return { sweep: findings, filesChanged };
  };
}

/** Whatever class of command it was allowed for. */
function actionOf(grant: Grant): string {
  const { action } = grant.terms;
  if (!action.startsWith('command.')) throw new TypeError(`the grant is for ${action}, not for a command`);
  return action;
}

function refuseWeaker(settings: ContainerSettings, { least }: SandboxSpec): void {
  const strength = strengthOf(settings);
  if (STRENGTHS.indexOf(strength) < STRENGTHS.indexOf(least))
    throw new Fault('sandbox.unenforceable', `The profile asks for at least \`${least}\`, and this is \`${strength}\`.`);
}

const isAsked = (name: string, { limits }: SandboxSpec): boolean =>
  name === 'container' ||
  (name === 'memory-limit' && limits.memoryBytes > 0) ||
  (name === 'process-limit' && limits.processes > 0) ||
  (name === 'cpu-limit' && limits.cpuPercent > 0);

/** Nothing ever runs as the root of this machine. */
function identityFor({ program }: ContainerSettings, { workspace }: SandboxSpec): Identity {
  const own = process.getuid?.() ?? -1;
  if (own > 0) return { uid: own, gid: process.getgid?.() ?? own, keepsId: isPodman(program) };
  const { uid, gid } = statSync(workspace.path);
  if (uid === 0)
    throw new Fault(
      'sandbox.unenforceable',
      `${workspace.path} belongs to root, and nothing runs as root in a container. Give it to an ordinary user: chown -R 1000:1000 ${workspace.path}`,
    );
  return { uid, gid, keepsId: false };
}

/** Tries what is claimed, with a container that does nothing. */
async function probe(program: ContainerProgram, settings: ContainerSettings): Promise<readonly SandboxCapability[]> {
  const base = [
    'run',
    '--rm',
    '--pull',
    'never',
    '--network',
    'none',
    '--cap-drop',
    'ALL',
    '--read-only',
    '--ulimit',
    'nproc=64:64',
    '--ulimit',
    'nofile=256:256',
    '--entrypoint',
    'true',
  ];
  const tries: readonly (readonly [string, readonly string[]])[] = [
    ['container', []],
    ['memory-limit', ['--memory', '67108864', '--memory-swap', '67108864']],
    ['process-limit', ['--pids-limit', '32']],
    ['cpu-limit', ['--cpus', '0.5']],
  ];
  const found: SandboxCapability[] = [];
  for (const [name, args] of tries) {
    const { code, stderr } = await program.call([...base, ...args, settings.image]);
    // A limit that is left out is told as a warning, and the container runs without it.
    const ignored = /discarded|not supported|ignor/i.test(stderr);
    const enforced = code === 0 && !ignored;
    const detail = enforced ? `${settings.program} takes it` : `${settings.program} does not: ${lastLine(stderr)}`;
    found.push({ name, enforced, detail });
  }
  return found;
}

/** Containers of a process that is gone. Theirs end with its pipe; what is here all the same is taken away. */
async function sweepLeft(program: ContainerProgram, { node }: ContainerSettings): Promise<void> {
  const { code, stdout } = await program.call(['ps', '--all', '--quiet', '--filter', `label=${LABEL}=${node}`]);
  if (code !== 0 || stdout === '') return;
  await program.call(['rm', '--force', ...stdout.split('\n')]);
}
