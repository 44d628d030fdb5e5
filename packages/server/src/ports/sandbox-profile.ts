/** A profile: what a sandbox is like, before it is known for whom. */
import type { EgressRule } from '@countersign/kernel/egress';
import type { SandboxIdentity, SandboxLimits, SandboxMount, SandboxSpec, Strength } from './sandbox.ts';

export interface SandboxProfile {
  readonly name: string;
  readonly about: string;
  readonly least: Strength;
  readonly workspace: Omit<SandboxSpec['workspace'], 'path'>;
  readonly mounts: readonly SandboxMount[];
  readonly environment: Readonly<Record<string, string>>;
  readonly limits: SandboxLimits;
  readonly network: 'none' | 'door';
  readonly egress?: { readonly rules: readonly EgressRule[] };
  readonly nested: boolean;
  readonly debug: boolean;
}

export const specOf = (
  { name, least, workspace, mounts, environment, limits, network, nested, debug }: SandboxProfile,
  of: { readonly identity: SandboxIdentity; readonly workspace: string; readonly roots: readonly string[] },
): SandboxSpec => ({
  profile: name,
  workspace: { ...workspace, path: of.workspace },
  mounts,
  environment,
  limits,
  network,
  nested,
  debug,
  least,
  roots: of.roots,
  identity: of.identity,
});
