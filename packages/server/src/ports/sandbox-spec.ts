/** What is asked of a sandbox: a document, so that a remote backend takes the same one. */

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
    /**
     * Relative to the workspace: what alone is writable, besides the repository's own `.git`. A slash at the end says that it is a folder, which is
     * made where it is missing. Absent: everything.
     */
    readonly writable?: readonly string[];
    /** Files that have further names outside may be written. Absent: they are read-only. */
    readonly linkedFiles?: 'leave';
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
