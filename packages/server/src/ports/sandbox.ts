/** Sandboxes as the command door sees them. What is asked for is a document, so that a remote backend takes the same one. */
import type { EgressServing, EgressSlot } from './egress.ts';
import type { Grant } from './grant.ts';

/** Who runs: what the network door and the receipt name. */
export interface SandboxIdentity {
  readonly org: string;
  readonly agent: string;
  readonly onBehalfOf: string;
  readonly mandate: string | null;
  readonly task: string | null;
  readonly repository: string | null;
  /** One sandbox; a fresh id each time. */
  readonly run: string;
}

/** 0 sets no limit, where a line says so. */
export interface SandboxLimits {
  /** 0: none. What lies in the temporary file systems counts, too. */
  readonly memoryBytes: number;
  /** 0: none. Processes and threads. */
  readonly processes: number;
  /** 100 is one core; 0: none. */
  readonly cpuPercent: number;
  /** The largest file that may be written. */
  readonly fileBytes: number;
  /** Of each process. */
  readonly openFiles: number;
  /** Bytes and files below the workspace; 0: no quota. */
  readonly workspaceBytes: number;
  readonly workspaceFiles: number;
  /** The private temporary file systems and the home together. */
  readonly tmpBytes: number;
  /** Both streams together. */
  readonly outputBytes: number;
  readonly wallMs: number;
}

export interface SandboxMount {
  /** On the host: absolute, resolved, checked against the roots that the mandate allows. */
  readonly path: string;
  /** Inside; absent: the same. */
  readonly at?: string;
  readonly mode: 'read' | 'write';
}

export interface SandboxSpec {
  /** Name of the profile this was made of. */
  readonly profile: string;
  readonly workspace: {
    readonly path: string;
    readonly mode: 'read' | 'write';
    /** Relative to the workspace: seen as empty. */
    readonly hidden: readonly string[];
    /** Relative to the workspace: read-only, beside version control and agent configuration, which always are. */
    readonly protect: readonly string[];
  };
  readonly mounts: readonly SandboxMount[];
  /** Directories of the host: what is seen of the host, symbolic links resolved, lies in one of them. */
  readonly roots: readonly string[];
  /** Besides PATH, HOME and the like, which are built from nothing. */
  readonly environment: Readonly<Record<string, string>>;
  readonly limits: SandboxLimits;
  /** `door`: only through our network door. */
  readonly network: 'none' | 'door';
  /** Clients that bring a sandbox of their own may use it inside. */
  readonly nested: boolean;
  /** The profile wants a debugger: ptrace is allowed. */
  readonly debug: boolean;
  /** Weaker backends refuse. */
  readonly least: Strength;
  readonly identity: SandboxIdentity;
}

/** Strength in rising order; the bundle maps what is done to the least of them. */
export const STRENGTHS = ['process', 'landlock', 'bwrap', 'container', 'gvisor', 'microvm', 'remote'] as const;
export type Strength = (typeof STRENGTHS)[number];

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
