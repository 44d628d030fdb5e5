/** A backend and sandboxes for tests: the real bubblewrap, with grants of a mint of our own. */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BwrapBackend, createBwrapBackend } from '../../packages/server/src/adapters/sandbox/index.ts';
import { claimMint, type Grant } from '../../packages/server/src/ports/grant.ts';
import type { Sandbox, SandboxEnd, SandboxReceipt, SandboxSpec } from '../../packages/server/src/ports/sandbox.ts';

const mint = claimMint();
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

export const grant = (action = 'command.read'): Grant =>
  mint({
    id: 'gra_1',
    decision: 'dec_1',
    org: 'org',
    action,
    agent: 'agent',
    resource: { type: 'Countersign::Command', id: 'any' },
    mandate: null,
    obligations: [],
    expiresAt: Number.MAX_SAFE_INTEGER,
  });

export const backendOf = (pool = { plain: 0, networked: 0 }): BwrapBackend => createBwrapBackend({ log: silent, pool });

export const tempFolder = (name: string): string => realpathSync(mkdtempSync(join(tmpdir(), `countersign-${name}-`)));

let runs = 0;
const MIB = 1_048_576;

export function specFor(workspace: string, changes: Partial<SandboxSpec> = {}): SandboxSpec {
  runs += 1;
  return {
    profile: 'test',
    workspace: { path: workspace, mode: 'write', hidden: [], protect: [] },
    mounts: [],
    roots: [workspace],
    environment: {},
    limits: {
      memoryBytes: 512 * MIB,
      processes: 128,
      cpuPercent: 0,
      fileBytes: 64 * MIB,
      openFiles: 256,
      workspaceBytes: 0,
      workspaceFiles: 0,
      tmpBytes: 64 * MIB,
      outputBytes: 8 * MIB,
      wallMs: 30_000,
    },
    network: 'none',
    nested: false,
    debug: false,
    least: 'bwrap',
    identity: {
      org: 'org',
      agent: 'agent',
      onBehalfOf: 'person',
      mandate: null,
      task: null,
      repository: null,
      run: `run-${process.pid}-${runs}`,
    },
    ...changes,
  };
}

export interface Ran extends SandboxEnd {
  readonly out: string;
  readonly err: string;
}

export async function runIn(sandbox: Sandbox, argv: readonly string[], input?: NodeJS.ReadableStream): Promise<Ran> {
  const out: Uint8Array[] = [];
  const err: Uint8Array[] = [];
  const end = await sandbox.exec(
    { argv },
    { stdin: input ?? 'none', stdout: (chunk) => void out.push(chunk), stderr: (chunk) => void err.push(chunk) },
  );
  return { ...end, out: Buffer.concat(out).toString(), err: Buffer.concat(err).toString() };
}

/** One command in a sandbox of its own. */
export async function once(
  backend: BwrapBackend,
  spec: SandboxSpec,
  argv: readonly string[],
): Promise<Ran & { readonly receipt: SandboxReceipt }> {
  const sandbox = await backend.create(grant(), spec);
  try {
    const ran = await runIn(sandbox, argv);
    return { ...ran, receipt: await sandbox.dispose() };
  } finally {
    await sandbox.dispose();
  }
}

export const discard = (folder: string): void => rmSync(folder, { recursive: true, force: true });
