/** Sandboxes as the command door sees them. */
import type { EgressServing, EgressSlot } from './egress.ts';
import type { Grant } from './grant.ts';
import type { SandboxSpec, Strength } from './sandbox-spec.ts';

export {
  STRENGTHS,
  type SandboxIdentity,
  type SandboxLimits,
  type SandboxMount,
  type SandboxSpec,
  type Strength,
} from './sandbox-spec.ts';

/** What a machine was found to enforce, by trying. */
export interface SandboxCapability {
  /** `memory-limit`, `network-slot`, `workspace-quota` ... */
  readonly name: string;
  readonly enforced: boolean;
  /** What was seen, and what to install or change where it is not enforced. */
  readonly detail: string;
}

export interface SandboxCommand {
  /** Program first; never a shell text. */
  readonly argv: readonly string[];
  /** Inside; absent: the workspace. */
  readonly cwd?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

export interface SandboxStreams {
  readonly stdin: NodeJS.ReadableStream | 'none';
  /** A promise: nothing more is read of the stream until it settles; when it rejects, the stream is closed. */
  readonly stdout: (chunk: Uint8Array) => void | Promise<void>;
  readonly stderr: (chunk: Uint8Array) => void | Promise<void>;
  /** False: what goes to standard output stays within the sandbox, such as between two commands of a pipe, and is not counted. */
  readonly counted?: false;
  /** Ends this command alone. */
  readonly signal?: AbortSignal;
}

export interface SandboxEnd {
  /** Absent when a signal ended it. */
  readonly code?: number;
  readonly signal?: string;
  /** Why we ended it: `memory`, `output`, `time`, `cancelled`, `egress` ...; absent when it ended by itself. */
  readonly killed?: string;
}

export interface SweepFinding {
  /** `special-file`, `setuid`, `nested-repository`, `leaving-symlink`, `mount-point` ... */
  readonly kind: string;
  readonly path: string;
  readonly done: 'removed' | 'stripped' | 'quarantined' | 'reported';
}

export interface SandboxReceipt {
  readonly run: string;
  readonly backend: string;
  readonly strength: Strength;
  readonly profile: string;
  /** SHA-256, hex, of the canonical spec without its identity. */
  readonly specDigest: string;
  readonly peakMemoryBytes?: number;
  readonly cpuMs?: number;
  readonly wallMs: number;
  readonly outputBytes: number;
  readonly filesChanged?: number;
  readonly sweep: readonly SweepFinding[];
  readonly egress?: {
    readonly connections: number;
    readonly uploadBytes: number;
    readonly downloadBytes: number;
    readonly denied: number;
  };
}

export interface Sandbox {
  readonly strength: Strength;
  /** Absolute path of a program in the sandbox's own view of the files; undefined when there is none. */
  resolve(program: string): Promise<string | undefined>;
  /**
   * One after the other or at the same time: each with processes of its own that end with it, all with the same temporary files, home and limits.
   * @throws Fault sandbox.failed when it could not be started at all
   */
  exec(command: SandboxCommand, streams: SandboxStreams): Promise<SandboxEnd>;
  kill(why: string): Promise<void>;
  /** Ends everything, sweeps, and says what happened. Idempotent. */
  dispose(): Promise<SandboxReceipt>;
}

export interface SandboxBackend {
  /** `bwrap`, `container`, `remote` */
  readonly kind: string;
  capabilities(): Promise<readonly SandboxCapability[]>;
  /**
   * @param slot from `slots`, where the spec wants the network door; what its serving says (CA, variables) is put into the sandbox
   * @throws Fault sandbox.unenforceable when a line of the spec cannot be enforced here; the sentence names the line and what to install
   */
  create(
    grant: Grant,
    spec: SandboxSpec,
    network?: { readonly slot: EgressSlot; readonly serving: EgressServing },
  ): Promise<Sandbox>;
  close(): Promise<void>;
}
