/** Command rules as the text of a commands.yaml, for rules that came from elsewhere. */
import { stringify } from 'yaml';
import type { CommandRule, RuleForm } from '@countersign/kernel/command';
import type { Imported } from '@countersign/kernel/exchange';
import { DEFAULT_GATE } from './commands.ts';

const MESSAGE = 'No rule allows this command by itself.';

/** @param owner `team:platform`: answers for the rules, and is asked */
export function commandsText({ rules, executables, ...imported }: Omit<Imported, 'losses'>, owner: string): string {
  const file = {
    version: 1,
    owner,
    default: imported.default,
    gates: { [DEFAULT_GATE]: { approvers: owner, min: 1, message: MESSAGE } },
    ...(executables.size === 0 ? {} : { executables: Object.fromEntries(executables) }),
    rules: rules.map(entryOf),
  };
  return `# yaml-language-server: $schema=.schema/commands.json\n${stringify(file, { lineWidth: 0, aliasDuplicateObjects: false })}`;
}

const entryOf = (rule: CommandRule): object => ({
  id: rule.id,
  decision: rule.decision,
  ...(rule.class === undefined ? {} : { class: rule.class }),
  ...formOf(rule.form),
  why: rule.why,
  match: rule.match,
  not_match: rule.notMatch,
});

function formOf(form: RuleForm): object {
  if (form.kind === 'exact') return { exact: form.words };
  if (form.kind === 'options') {
    const { kind, ...options } = form;
    return { [kind]: options };
  }
  return {
    prefix: form.words.map((alternatives) => (alternatives.length === 1 ? alternatives[0] : alternatives)),
    ...(form.having === undefined ? {} : { having: form.having }),
  };
}
