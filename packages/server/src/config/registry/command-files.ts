/** Nothing but the command rules of a governance directory: for whoever asks about one command, without building a bundle. */
import type { CommandRules } from '@countersign/kernel/command';
import { COMMANDS_FILE, type Finding, Findings, wholeFile } from '../finding.ts';
import type { GovernanceFiles } from '../read/files.ts';
import { lintCommands } from './command-lint.ts';
import { checkCommands, commandRulesOf, commandsRecord } from './commands.ts';
import { readCommands, readRegistries } from './registries.ts';
import { vocabularyOf } from './vocabulary.ts';

export interface ReadRules {
  /** Undefined where the file is refused, or not there. */
  readonly rules: CommandRules | undefined;
  readonly findings: readonly Finding[];
}

/** commands.yaml by its own schema and examples. countersign.yaml is read for the names that it uses, and is not judged. */
export function readCommandRules(files: GovernanceFiles): ReadRules {
  const findings = new Findings();
  const parsed = readCommands(files, findings);
  if (files[COMMANDS_FILE] === undefined)
    findings.error(wholeFile(COMMANDS_FILE), {
      code: 'file.missing',
      message: `There is no \`${COMMANDS_FILE}\`, so no command runs.`,
    });
  if (parsed === undefined) return { rules: undefined, findings: findings.sorted() };
  const main = files['countersign.yaml'];
  const registries = main === undefined ? undefined : readRegistries({ 'countersign.yaml': main }, new Findings());
  if (registries !== undefined) checkCommands(parsed, vocabularyOf(registries), findings);
  if (!findings.failed) lintCommands(parsed, findings);
  const rules = findings.failed ? undefined : commandRulesOf(commandsRecord(parsed.value));
  return { rules, findings: findings.sorted() };
}
