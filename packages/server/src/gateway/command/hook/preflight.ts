/** The question of a client that asks over MCP, where the tool door has identified it. */
import { sentence } from '../../wire/denial-text.ts';
import { asFault } from '@countersign/kernel/fault';
import type { JsonRecord } from '@countersign/kernel/json';
import type { Preflight } from '../../../ports/preflight.ts';
import type { Caller } from '../../../ports/road.ts';
import { codexAnswerOf, NOTED, refused } from './answer.ts';
import { isHookEvent, readCodexCall, readSession } from './call.ts';
import { decide } from './decide.ts';
import { DOOR, type HookDoorDeps } from './deps.ts';

export function createPreflight(deps: HookDoorDeps): Preflight {
  return {
    async answer({ caller, input, trace, signal }) {
      if (input['event'] === 'SessionStart') return begin(deps, caller, input);
      const call = readCodexCall(input);
      if (typeof call !== 'string') return codexAnswerOf(call.event, await decide(deps, { caller, call, trace, signal }));
      const message = `The question's \`${call}\` is not as it must be.`;
      const text = await deps.road
        .refuse({ door: DOOR, trace, caller, action: 'hook.request', code: 'request.invalid', message })
        .then(sentence, () => `Countersign: ${message}`);
      const { event } = input;
      return isHookEvent(event) ? codexAnswerOf(event, { word: 'deny', text }) : refused(text);
    },
  };
}

/** Where the session works is said once, before the model has a say. Nothing is asked. */
async function begin({ org, calls, log }: HookDoorDeps, caller: Caller, { session, cwd }: JsonRecord): Promise<JsonRecord> {
  const read = readSession(session, cwd);
  if (read === undefined) return NOTED;
  const where = calls.rootOf({ org, agent: caller.agent.id, client: 'codex', session: read.session }, read.cwd);
  // Without it, nothing of the session is known to be inside.
  await where.catch((thrown: unknown) => log.error('hook.session', { internal: asFault(thrown).message }));
  return NOTED;
}
