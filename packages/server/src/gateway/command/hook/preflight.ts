/** The question of a client that asks over MCP, where the tool door has identified it. */
import { sentence } from '../../wire/denial-text.ts';
import type { Preflight } from '../../../ports/preflight.ts';
import { codexAnswerOf, refused } from './answer.ts';
import { isHookEvent, readCodexCall } from './call.ts';
import { decide } from './decide.ts';
import { DOOR, type HookDoorDeps } from './deps.ts';

export function createPreflight(deps: HookDoorDeps): Preflight {
  return {
    async answer({ caller, input, trace, signal }) {
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
