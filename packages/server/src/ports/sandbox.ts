/** Sandboxes as the command door sees them. What is asked for is a document, so that a remote backend takes the same one. */
import type { Grant } from './grant.ts';
import type { EgressServing, EgressSlot } from './egress.ts';

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

export interface SandboxLimits {
  readonly memoryBytes: number;
  readonly processes: number;
  /** 100 is one core. */
  readonly cpuPercent: number;
  readonly fileBytes: number;
  readonly openFiles: number;
  /** Bytes and files below the workspace; 0 sets no quota. */
  readonly workspaceBytes: number;
  readonly workspaceFiles: number;
  /** Each of the private temporary file systems. */
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
  /** Besides PATH, HOME and the like, which are built from nothing. */
  readonly environment: Readonly<Record<string, string>>;
  readonly limits: SandboxLimits;
  /** `door`: only through our network door. */
  readonly network: 'none' | 'door';
  /** Clients that bring a sandbox of their own may use it inside. */
  readonly nested: boolean;
  /** The profile wants a debugger: ptrace is allowed. */
  readonly debug: boolean;
  /** The least strength; a weaker backend refuses. */
  readonly least: Strength;
  /** On the host: once links are resolved, workspace and mounts lie in one of these, or nothing starts. */
  readonly roots: readonly string[];
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
  /** What it returns is waited for before more is read, so that a slow reader slows the command. */
  readonly stdout: (chunk: Uint8Array) => void | Promise<void>;
  readonly stderr: (chunk: Uint8Array) => void | Promise<void>;
  /** False: the output goes to the next command of a pipe and to nobody else; `outputBytes` does not bound it. */
  readonly counted?: boolean;
  /** Ends this command alone; `Sandbox.kill` ends everything. */
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
  readonly egress?: { readonly connections: number; readonly uploadBytes: number; readonly downloadBytes: number; readonly denied: number };
}

export interface Sandbox {
  readonly strength: Strength;
  /** Absolute path of a program in the sandbox's own view of the files; undefined when there is none. */
  resolve(program: string): Promise<string | undefined>;
  /** One after the other or at the same time; each in the same namespaces' limits. */
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
  create(grant: Grant, spec: SandboxSpec, network?: { readonly slot: EgressSlot; readonly serving: EgressServing }): Promise<Sandbox>;
  close(): Promise<void>;
}
