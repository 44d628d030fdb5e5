/** The command door, put together: backends, profiles, the network door for those that have one, and where agents may work. */
import { realpathSync, statSync } from 'node:fs';
import { type ContainerSettings, createContainerBackend } from '../adapters/container/index.ts';
import { createRemoteBackend, type RemoteSettings } from '../adapters/remote/index.ts';
import { createBwrapBackend, sandboxBase } from '../adapters/sandbox/index.ts';
import { openShellScript } from '../adapters/shell-script/index.ts';
import { newId, systemClock } from '../adapters/system/clock.ts';
import { readProfile } from '../config/profile.ts';
import { judgeCall } from '../gateway/command/judge/index.ts';
import { type CommandDoor, createCommandDoor } from '../gateway/command/run/index.ts';
import { Fault } from '@countersign/kernel/fault';
import { composeProfile } from '../ports/egress-profile.ts';
import type { ClientFilesSource } from '../ports/clients.ts';
import type { Inspector } from '../ports/inspect.ts';
import type { Log } from '../ports/log.ts';
import type { SnapshotSource } from '../ports/registry.ts';
import type { Road } from '../ports/road.ts';
import { type SandboxBackend, STRENGTHS, type Strength } from '../ports/sandbox.ts';
import type { ShellScript } from '../ports/shell-script.ts';
import type { Signer } from '../ports/signer.ts';
import { type ClientPrograms, insideClients } from './inside-clients.ts';
import { openNetwork } from './network-door.ts';
import type { Stores } from './stores.ts';

/** What this node runs commands with; all of it is about this machine, so none of it stands in a bundle. */
export interface SandboxOptions {
  /** Checkouts by repository, where agents may work. */
  readonly workspaces?: Readonly<Record<string, readonly string[]>>;
  /** Control group that was handed to this process, for hosts where it is no root. */
  readonly cgroup?: string;
  readonly container?: Omit<ContainerSettings, 'node'>;
  readonly runner?: RemoteSettings;
  /** Agent clients that are installed here, as absolute paths of their programs. */
  readonly clients?: ClientPrograms;
}

export interface CommandTerms {
  readonly road: Road;
  readonly snapshots: SnapshotSource;
  readonly stores: Stores;
  readonly signer: Signer;
  readonly inspector: Inspector;
  readonly log: Log;
  /** Folders of our own: data and keys. */
  readonly folders: readonly string[];
  readonly sandbox: SandboxOptions;
  /** Port of our own listener, once there is one: sandboxes reach our doors as `countersign.internal`. */
  readonly ownDoors: () => number | undefined;
  /** Settings of agent clients that run in sandboxes. */
  readonly clientFiles: ClientFilesSource;
  /** Folder of our own for these settings. */
  readonly clientsFolder: string;
  /** Script of the thread that looks into shell text, where it is not the one that was built. */
  readonly scriptWorker?: URL;
}

export interface CommandSide {
  readonly door: CommandDoor;
  /** Looks into shell text that could not be split; one for all doors of this process. */
  readonly scripts: ShellScript;
  close(): Promise<void>;
}

/** Threads run compiled code: from the sources of a checkout, that of its build. */
const builtWorker = (): URL =>
  import.meta.url.endsWith('.ts')
    ? new URL('../../dist/adapters/shell-script/worker.js', import.meta.url)
    : new URL('../adapters/shell-script/worker.js', import.meta.url);

interface KnownBackend {
  readonly strength: Strength;
  readonly backend: SandboxBackend;
}

/** @throws Fault config.invalid for a workspace that is no folder, or an image without a digest */
export function openCommands(terms: CommandTerms): CommandSide {
  const { stores, snapshots, road, log, sandbox } = terms;
  const bwrap = createBwrapBackend({ log, ...(sandbox.cgroup === undefined ? {} : { cgroup: sandbox.cgroup }) });
  const backends: KnownBackend[] = [{ strength: 'bwrap', backend: bwrap }, ...further(terms)];
  const network = openNetwork(terms);
  const scripts = openShellScript({ log, script: terms.scriptWorker ?? builtWorker() });
  const workspaces = resolved(sandbox.workspaces ?? {});
  const door = createCommandDoor({
    org: stores.org,
    road,
    snapshots,
    live: stores.live,
    approvals: stores.approvals,
    clock: systemClock,
    newId,
    log,
    judge: (call) => judgeCall({ snapshots, scripts, inspector: terms.inspector }, call),
    marks: (task) => stores.road.marks(task),
    profiles: {
      named: (snapshot, name) => snapshot.profiles.get(name),
      names: (snapshot) => [...snapshot.profiles.keys()].sort(),
      read: readProfile,
      egress: (snapshot, profile, caller) =>
        composeProfile(snapshot.egress, {
          rules: [],
          ...profile.egress,
          name: profile.name,
          environment: caller.mandate?.environment ?? caller.agent.environment,
          repository: caller.mandate?.repository ?? null,
          useCase: caller.mandate?.useCase ?? null,
        }),
    },
    // In rising order, so that nothing stronger and slower is taken than what is asked for.
    backend: (least) => backends.find(({ strength }) => STRENGTHS.indexOf(strength) >= STRENGTHS.indexOf(least))?.backend,
    network: { slots: bwrap.slots, door: network.door },
    workspaces: (repository) => workspaces.get(repository) ?? [],
    ownFolders: [...terms.folders.map((folder) => realpathSync(folder)), sandboxBase()],
    clients: insideClients({
      programs: sandbox.clients ?? {},
      files: (name) => terms.clientFiles.files(name, { inside: true }),
      folder: terms.clientsFolder,
    }),
  });
  void bwrap.warm();
  return {
    door,
    scripts,
    close: async () => {
      await door.close();
      for (const { backend } of backends) await backend.close();
      await network.close();
      await scripts.close();
    },
  };
}

function further({ sandbox, stores, log }: CommandTerms): readonly KnownBackend[] {
  const { container, runner } = sandbox;
  const found: KnownBackend[] = [];
  if (container !== undefined) {
    const backend = createContainerBackend({ settings: { ...container, node: stores.node }, log });
    found.push({ strength: backend.strength, backend });
  }
  if (runner !== undefined) found.push({ strength: 'remote', backend: createRemoteBackend({ settings: runner, log }) });
  return found;
}

function resolved(workspaces: Readonly<Record<string, readonly string[]>>): ReadonlyMap<string, readonly string[]> {
  return new Map(
    Object.entries(workspaces).map(([repository, folders]) => [repository, folders.map((folder) => folderAt(folder))]),
  );
}

function folderAt(folder: string): string {
  try {
    const path = realpathSync(folder);
    if (statSync(path).isDirectory()) return path;
  } catch (cause) {
    throw new Fault('config.invalid', `The workspace ${folder} does not exist.`, { cause });
  }
  throw new Fault('config.invalid', `The workspace ${folder} is no folder.`);
}
