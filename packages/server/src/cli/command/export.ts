/** `command export`: the rules for a client that reads its own. What a client is told is advice: our door still decides. */
import { claudePermissions, codexRulesText } from '@countersign/kernel/exchange';
import type { Call } from '../call.ts';
import { CliError } from '../exit.ts';
import { governanceDir } from '../governance.ts';
import { clientOf, rulesOf, sayLosses } from './rules.ts';

export async function exportRules(call: Call): Promise<void> {
  const client = clientOf(call);
  const allow = call.list('allow');
  if (client === 'claude' && allow.length > 0)
    throw new CliError('usage', '`--allow` is for codex: claude has no sandbox to leave');
  const rules = await rulesOf(call, governanceDir(call, 1));
  const unknown = allow.find((id) => !rules.rules.some((rule) => rule.id === id && rule.decision === 'allow'));
  if (unknown !== undefined) throw new CliError('usage', `There is no allow rule \`${unknown}\``);
  const terms = { acceptWider: call.flag('acceptWider') };
  if (client === 'codex') {
    const { text, losses } = codexRulesText(rules, { ...terms, allow: new Set(allow) });
    sayLosses(call, losses);
    if (call.json) call.print({ text, losses: losses.map((loss) => ({ ...loss })) });
    else call.write(text.trimEnd());
    return;
  }
  const { permissions, losses } = claudePermissions(rules, terms);
  sayLosses(call, losses);
  call.print(
    call.json
      ? { permissions: { ...permissions }, losses: losses.map((loss) => ({ ...loss })) }
      : { permissions: { ...permissions } },
  );
}
