/** Clients under management: what the bundle wants of them, what is written for them, and what was seen of them. */

import type { JsonRecord } from '@countersign/kernel/json';

/** The clients whose configuration is ours. */
export const CLIENT_NAMES = ['codex', 'claude'] as const;
export type ClientName = (typeof CLIENT_NAMES)[number];

const FOLDERS: Readonly<Record<ClientName, string>> = { codex: 'codex', claude: 'claude-code' };

/** Where a client has its settings that its user cannot change, and where sandboxes have its program, in `bin` below that. */
export const clientPlaces = (name: ClientName): { readonly settings: string; readonly program: string } => ({
  settings: `/etc/${FOLDERS[name]}`,
  program: `/opt/${name}`,
});

/**
 * `covered`: recent enough, with settings of ours; `outdated`: older than the bundle's floor; `unmanaged`: shows no settings of ours, or others;
 * `stale`: settings of ours that were replaced longer ago than the bundle's grace; `uncovered`: the probe found a way around our controls.
 */
export const SIGHTING_STATES = ['covered', 'outdated', 'unmanaged', 'stale', 'uncovered'] as const;
export type SightingState = (typeof SIGHTING_STATES)[number];

export interface ClientTerms {
  /** `1.2.3`: an older version ignores controls that we rely on. */
  readonly minimumVersion: string;
  /** Model ids that the client is offered, the first one preset. */
  readonly models: readonly string[];
  /** How far its own sandbox lets commands write. */
  readonly sandbox: 'read-only' | 'workspace-write';
}

/** One more tool server that the client may speak to by itself. */
export interface ClientToolServer {
  readonly id: string;
  readonly url: string;
}

export interface AcceptedBypass {
  readonly client: ClientName;
  readonly bypass: string;
  readonly reason: string;
  /** ISO 8601; null: for as long as it stands there. */
  readonly until: string | null;
}

export interface ClientSettings {
  /** How machines reach this installation, without a slash at the end; null: as it knows itself. */
  readonly origin: string | null;
  /** What becomes of a client that shows none of our settings: only reading, or a finding and no more. */
  readonly unmanaged: 'readOnly' | 'report';
  /** How long settings that were replaced still count as ours, ms: machines fetch them once an hour, or by hand. */
  readonly graceMs: number;
  readonly telemetry: boolean;
  /** Hosts that commands in the client's own sandbox may reach. */
  readonly hosts: readonly string[];
  /** Paths below the work tree. */
  readonly readOnlyPaths: readonly string[];
  readonly deniedPaths: readonly string[];
  readonly toolServers: readonly ClientToolServer[];
  /** Life of a device, ms; then it is authorised anew. */
  readonly deviceTtlMs: number;
  /** Open ways around that cap nobody; absent in archives that are older. */
  readonly accepted?: readonly AcceptedBypass[];
  /** Codex' commands may ask to leave its sandbox, as automatic review needs it. */
  readonly codexLeavesSandbox: boolean;
  /** Null: not under management. */
  readonly codex: ClientTerms | null;
  readonly claude: ClientTerms | null;
}

/** One file for a machine: a name, and the exact text. */
export interface ClientFile {
  readonly name: string;
  readonly text: string;
}

/** The files of clients as the bundle in force has them. Undefined: it does not manage this client, or there is none. */
export interface ClientFilesSource {
  /** For a machine; with a device's own key, or for clients that have one in their environment. */
  files(name: ClientName, options?: ClientFilesOptions): readonly ClientFile[] | undefined;
  /** Claude Code's managed settings. */
  claudeSettings(deviceKey: string): JsonRecord | undefined;
  /** Codex' requirements and configuration, as TOML. */
  codexTexts(deviceKey: string): { readonly requirements: string; readonly config: string } | undefined;
  /** What a client without a device shows of its settings on each call; `inside`: one in a sandbox of ours. */
  digest(name: ClientName, inside?: boolean): string | undefined;
}

export interface ClientFilesOptions {
  /** As a macOS configuration profile instead of files. */
  readonly profile?: boolean;
  /** Paths below the work tree that are there. */
  readonly present?: readonly string[];
  /** Where Codex fetches newer settings. */
  readonly configServer?: string;
  /** For a client in a sandbox of ours, which reaches us as that one does. */
  readonly inside?: boolean;
  /** Claude Code: sign a device in, instead of a key in the environment. */
  readonly signIn?: boolean;
}
