/** Profiles: what a sandbox looks like, by name, before it is known who runs what where. */
import type { EgressRule } from '@countersign/kernel/egress';
import { Fault } from '@countersign/kernel/fault';
import type { ClientName } from './clients.ts';
import type { UnfamiliarMode } from './egress-settings.ts';
import type { SandboxIdentity, SandboxLimits, SandboxMount, SandboxSpec, Strength } from './sandbox-spec.ts';

/** What a run may reach through the network door; what is absent is as egress.yaml says. The same members as the terms of `composeProfile`. */
export interface ProfileEgress {
  readonly rules: readonly EgressRule[];
  /** Names of rule sets of egress.yaml that are joined in. */
  readonly sets: readonly string[];
  readonly unfamiliar?: UnfamiliarMode;
  readonly uploadBytes?: number;
  readonly downloadBytes?: number;
  readonly connections?: number;
}

export interface SandboxProfile {
  readonly name: string;
  readonly about: string;
  readonly least: Strength;
  readonly workspace: {
    readonly mode: 'read' | 'write';
    readonly hidden: readonly string[];
    readonly protect: readonly string[];
    /** Folders that stay writable where a mandate narrows what is: results of builds, installed packages. */
    readonly scratch: readonly string[];
    /** Files with further names outside of the workspace (hard links): kept as they are, or not. */
    readonly linkedFiles: 'hold' | 'leave';
  };
  readonly mounts: readonly SandboxMount[];
  /** Agent clients of the node that are seen inside, under the settings of the bundle. */
  readonly clients: readonly ClientName[];
  readonly environment: Readonly<Record<string, string>>;
  readonly limits: SandboxLimits;
  readonly network: 'none' | 'door';
  /** Present where the network is the door. */
  readonly egress?: ProfileEgress;
  readonly nested: boolean;
  readonly debug: boolean;
}

export interface SpecTerms {
  readonly identity: SandboxIdentity;
  /** Absolute, on the host; what runs never chooses it. */
  readonly workspace: string;
  /** Directories of the host that the mandate covers, or that the operator names; the workspace has to lie in one. */
  readonly roots: readonly string[];
  /** What the mandate allows to be written, as `SandboxSpec` has it; absent: everything. */
  readonly writable?: readonly string[];
}

/** Where programs look for the authorities that they trust: the sandbox sets them where it has a network. */
export const AUTHORITY_VARIABLES = [
  ...['SSL_CERT_FILE', 'CURL_CA_BUNDLE', 'REQUESTS_CA_BUNDLE', 'NODE_EXTRA_CA_CERTS', 'GIT_SSL_CAINFO', 'npm_config_cafile'],
  ...['AWS_CA_BUNDLE', 'PIP_CERT', 'CARGO_HTTP_CAINFO', 'DENO_CERT'],
] as const;

/** The most of each kind, so that no file asks for what no machine has. */
const PATH_LENGTH_MAX = 4_096;

/** Absolute, without `.`, `..`, doubled slashes or one at the end, and without bytes that no path has. */
export const isPlainPath = (path: string): boolean =>
  path.length <= PATH_LENGTH_MAX && /^(?:\/(?!\.{1,2}(?:\/|$))[^/\0\n]+)+$/.test(path);

export const isWithin = (path: string, root: string): boolean => path === root || root === '/' || path.startsWith(`${root}/`);

function checkPath(path: string, roots: readonly string[], what: string): void {
  if (!isPlainPath(path)) throw new Fault('request.invalid', `${what} \`${path}\` is not an absolute path in its plain form.`);
  if (!roots.some((root) => isWithin(path, root)))
    throw new Fault(
      'request.invalid',
      `${what} \`${path}\` is outside of what may be seen here: ${roots.join(', ') || 'nothing'}.`,
    );
}

/**
 * The document that a backend takes. Pure; symbolic links are resolved and checked against the same roots by the backend.
 * @throws Fault request.invalid for a path that is not plain or lies outside of `roots`
 */
export function specOf(profile: SandboxProfile, { identity, workspace, roots, writable }: SpecTerms): SandboxSpec {
  checkPath(workspace, roots, 'The workspace');
  for (const { path } of profile.mounts) checkPath(path, roots, 'The mount');
  const { mode, hidden, protect, linkedFiles } = profile.workspace;
  return {
    profile: profile.name,
    workspace: {
      ...{ path: workspace, mode, hidden, protect },
      ...(writable === undefined ? {} : { writable }),
      ...(linkedFiles === 'leave' ? { linkedFiles } : {}),
    },
    mounts: profile.mounts,
    roots: [...roots],
    environment: profile.environment,
    limits: profile.limits,
    network: profile.network,
    nested: profile.nested,
    debug: profile.debug,
    least: profile.least,
    identity,
  };
}
