import type { Json } from '@countersign/kernel/json';
import type { ToolReply } from '../../ports/tool.ts';
import { readForget } from './arguments.ts';
import { placeOf } from './places.ts';
import { answer } from './reply.ts';
import type { Work } from './work.ts';

/** Reason in the `erasure` entry. */
const REASON = 'memory.forget';

/** Somebody else's memory and none at all are the same to a caller. @throws Refused, Fault of the store */
export async function forget({ deps, caller, owners }: Work, given: Json | undefined): Promise<ToolReply> {
  const what = readForget(given);
  const own = 'id' in what ? [await deps.store.find(deps.org, what.id)] : await all(what.scope);
  const memories = own.filter((memory) => memory !== undefined).filter(({ agent }) => agent === caller.agent);
  return answer({ forgotten: await deps.store.forget(deps.org, memories, caller.agent, REASON) });

  function all(scope: Parameters<typeof placeOf>[1]) {
    return deps.store.written(deps.org, caller.agent, placeOf(owners, scope));
  }
}
