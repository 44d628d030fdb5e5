/** A command of a client, for the judge of commands. Its own shell reads the text: what is judged is a text, and never what it becomes. */
import type { CommandCall } from '../judge/index.ts';
import type { HookCall } from './call.ts';
import { placeOf } from './path.ts';
import { type Plan, type Planning, refuse } from './planning.ts';

/** What may stand beside the command. Anything else could change what runs, or where. */
const MEMBERS = {
  claude: new Set(['command', 'description', 'timeout', 'run_in_background', 'dangerouslyDisableSandbox']),
  codex: new Set(['command', 'description']),
} as const;

export function planCommand(planning: Planning): Plan {
  const { call, caller, root, trace } = planning;
  const { command } = call.input;
  const no = (text: string): Plan => refuse('hook.tool', text, 'command.request');
  if (typeof command !== 'string' || command === '') return no('The call holds no command.');
  const odd = Object.keys(call.input).find((name) => !MEMBERS[call.client].has(name));
  if (odd !== undefined) return no(`The command comes with \`${odd.slice(0, 64)}\`, which is not known here.`);
  if (holdsPatch(call.client, command))
    return refuse(
      'hook.patch',
      'A patch inside of a command is not read. Use the tool `apply_patch`, with paths from where the session began.',
      'file.edit',
    );
  if (leavesSandbox(planning)) return no('The command asks to run outside of its sandbox.');
  if (root !== undefined && placeOf(root, call.cwd, '.').kind !== 'inside')
    return refuse('hook.path', 'The command would run outside of the directory that this session works in.', 'command.request');
  const judged: CommandCall = {
    caller,
    command: { text: command, dialect: 'bash' },
    cwd: call.cwd,
    roots: root === undefined ? [] : [root],
    shell: SHELL,
    environment: [],
    // The client's sandbox, if there is one, is the client's word: a command of Codex may leave it without saying so to a hook.
    profile: null,
    enforcement: 'hook',
    trace,
    shown: { client: call.client },
  };
  return { kind: 'command', judged, meaning: { tool: call.tool, command, cwd: call.cwd } };
}

/** Either client has `sh` or `bash` read it; the splitter accepts only what both read alike. */
const SHELL = '/bin/sh';

/**
 * Codex takes such a here-document out of the shell's hands and applies it itself. It then asks about a patch with the session's directory, and resolves
 * its paths from where the command stands: after a `cd`, or in a directory that the model named.
 */
const holdsPatch = (client: HookCall['client'], command: string): boolean =>
  client === 'codex' && /apply_?patch/.test(command) && /<<|\*\*\* Begin Patch/.test(command);

/** Codex says why a command wants out of its sandbox only with that wish. */
function leavesSandbox({ call }: Planning): boolean {
  if (call.client === 'codex') return call.input['description'] !== undefined;
  const { dangerouslyDisableSandbox } = call.input;
  return dangerouslyDisableSandbox !== undefined && dangerouslyDisableSandbox !== false;
}
