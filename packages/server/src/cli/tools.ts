/** What needs an adapter, handed in by whoever puts the program together: this room knows ports, and no adapter. Loaded when a command needs it. */
import type { CedarText, ForeignCedar } from '../ports/cedar.ts';
import type { SandboxCapability } from '../ports/sandbox.ts';
import type { ShellScript } from '../ports/shell-script.ts';
import { CliError } from './exit.ts';

export interface PolicyTools {
  readonly cedar: () => Promise<CedarText>;
  readonly foreignCedar: () => Promise<ForeignCedar>;
  /** Looks into shell text that could not be split; undefined where nobody can. */
  readonly scripts: () => Promise<ShellScript | undefined>;
  /** What this machine can hold a sandbox to, tried out. */
  readonly sandbox: () => Promise<readonly SandboxCapability[]>;
}

const missing = (): Promise<never> =>
  Promise.reject(
    new CliError('failed', 'This program was put together without the policy parser', {
      why: 'commands that read policy text here need it',
      next: 'use a server: `countersign plan` without --offline',
    }),
  );

/** A program without a parser refuses; it never answers as if there were nothing to check. */
export const NO_TOOLS: PolicyTools = {
  cedar: missing,
  foreignCedar: missing,
  scripts: () => Promise.resolve(undefined),
  sandbox: () => Promise.resolve([]),
};
