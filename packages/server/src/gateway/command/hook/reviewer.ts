/** A client's automatic review, answered as its request for permission would be: the same judge, the same road, the same hold for a person. */
import { sentence } from '../../wire/denial-text.ts';
import type { ReviewAnswer, ReviewAsk, Reviewer } from '../../../ports/reviewer.ts';
import { type HookCall, readCodexCall } from './call.ts';
import { decide } from './decide.ts';
import { DOOR, type HookDoorDeps } from './deps.ts';

/** The client gives a review less time than a person's permission; it asks again when none came. */
const WAIT_SECONDS = '90';

export function createReviewer(deps: HookDoorDeps): Reviewer {
  return {
    async review(ask) {
      const call = callOf(ask);
      if (typeof call === 'string') return deny(await refuse(deps, ask, call));
      const verdict = await decide(deps, { caller: ask.caller, call, trace: ask.trace, signal: ask.signal });
      if (verdict.word !== 'allow') return deny(verdict.text);
      return { outcome: 'allow', riskLevel: 'low', rationale: 'Countersign: allowed and on record.' };
    },
  };
}

const deny = (rationale: string): ReviewAnswer => ({ outcome: 'deny', riskLevel: 'high', rationale });

const refuse = ({ road }: HookDoorDeps, { caller, trace }: ReviewAsk, message: string): Promise<string> =>
  road
    .refuse({ door: DOOR, trace, caller, action: 'hook.review', code: 'hook.tool', message })
    .then(sentence, () => `Countersign: ${message}`);

/** Of a shell, its name and whether it is given a text; anything else is no command that is read here. */
const SHELL = /^(?:\/(?:usr\/)?bin\/)?(?:ba|da)?sh$/;
const MEMBERS = new Set(['tool', 'command', 'cwd', 'environment_id', 'sandbox_permissions', 'tty', 'justification']);

/** A command through a shell; @returns why it is none that is read here */
function callOf({ action, session }: ReviewAsk): HookCall | string {
  const { tool, command, cwd, environment_id: environment, tty } = action;
  if (tool !== 'exec_command') return 'Only commands are reviewed here; everything else is asked about by hooks.';
  if (Object.keys(action).some((name) => !MEMBERS.has(name))) return 'The action comes with something that is not known here.';
  if (tty !== undefined && tty !== false) return 'A command with a terminal takes input that nobody judges.';
  if (environment !== undefined && environment !== 'local') return 'The action is for another machine.';
  const text = shellText(command);
  if (text === undefined) return 'The command is not a text for a shell.';
  // Where it would run is judged as no sandbox at all, so that a wish to leave one changes nothing.
  const call = readCodexCall({
    ...{ event: 'PermissionRequest', session, turn: 'review', cwd: cwd ?? null, mode: 'default', wait: WAIT_SECONDS },
    ...{ tool: 'Bash', tool_input: { command: text } },
  });
  return typeof call === 'string' ? `The action's \`${call}\` is not as it must be.` : call;
}

function shellText(command: unknown): string | undefined {
  if (!Array.isArray(command) || command.length !== 3) return undefined;
  const [shell, option, text] = command as readonly unknown[];
  const isShell = typeof shell === 'string' && SHELL.test(shell) && (option === '-c' || option === '-lc');
  return isShell && typeof text === 'string' ? text : undefined;
}
