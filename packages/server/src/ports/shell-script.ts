/** A look into shell scripts that could not be split. What is found there can forbid or ask, and never allows. */

/** Why nobody could look, or not at everything: too long, not a script, too slow, or the parser is not there. */
export type NotInspected = 'size' | 'parse' | 'deadline' | 'failed';

export interface ScriptFindings {
  /** Commands with the words that are known; a word with an expansion stands as it was written. */
  readonly commands: readonly (readonly string[])[];
  readonly notInspected?: NotInspected;
}

export interface ShellScript {
  /** Never rejects. */
  inspect(text: string): Promise<ScriptFindings>;
  close(): Promise<void>;
}
