/** One command as a door has it before anything is decided: what would run, where, and how far we can hold it to that. */
import type { JsonRecord } from '@countersign/kernel/json';
import type { GivenCommand } from '../../../ports/command-record.ts';
import type { DataClass, Taint } from '../../../ports/registry.ts';
import type { Caller } from '../../../ports/road.ts';

export interface CommandCall {
  readonly caller: Caller;
  readonly command: GivenCommand;
  /** Absolute. */
  readonly cwd: string;
  /** Absolute roots that rules with `operands: paths` let a command name: the paths of the mandate. */
  readonly roots: readonly string[];
  /** Program that would read the text, such as `/bin/bash`; null where there is none. */
  readonly shell: string | null;
  /** Names only: their values may be secrets. */
  readonly environment: readonly string[];
  /** Sandbox profile; null without a sandbox. */
  readonly profile: string | null;
  /** `runner`: what was judged is what runs. `hook`: the agent's own shell reads the text, and we judged a text. */
  readonly enforcement: 'runner' | 'hook';
  /** W3C trace id. */
  readonly trace: string;
  readonly declaredClass?: DataClass;
  readonly useCase?: string;
  /** What running it brings into its task, such as a way out. */
  readonly taints?: readonly Taint[];
  /** What an approver is shown besides. */
  readonly shown?: JsonRecord;
  readonly holdMs?: number;
  readonly actMs?: number;
  readonly signal?: AbortSignal;
}
