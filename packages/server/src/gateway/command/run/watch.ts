/** Ends what runs when it may not run any more: a kill switch, a mandate that was revoked or expired, a key that was taken back. */
import type { Caller } from '../../../ports/road.ts';
import { POLL_MS } from '../../../ports/identity.ts';
import type { CommandDoorDeps } from './deps.ts';

export interface Watch {
  stop(): void;
}

/** @param end called once, with the reason */
export function watchRights(deps: Pick<CommandDoorDeps, 'live' | 'clock'>, caller: Caller, end: (why: string) => void): Watch {
  let busy = false;
  const look = async (): Promise<void> => {
    if (busy) return;
    busy = true;
    const why = await lost(deps, caller).catch(() => 'unknown-rights');
    busy = false;
    if (why === undefined) return;
    clearInterval(timer);
    end(why);
  };
  const timer = setInterval(() => void look(), POLL_MS).unref();
  return { stop: () => clearInterval(timer) };
}

async function lost({ live, clock }: Pick<CommandDoorDeps, 'live' | 'clock'>, caller: Caller): Promise<string | undefined> {
  // A store that is away for a moment does not end what was allowed before; what it says when it is back does.
  if (!live.fresh()) return undefined;
  const { agent, mandate, person } = caller;
  if (person !== true && live.killed(agent.id, agent.team) !== undefined) return 'kill-switch';
  if (mandate !== undefined) {
    const answer = await live.mandate(mandate.id);
    if (!answer.ok) return `mandate-${answer.why}`;
    if (clock.now() >= Date.parse(mandate.expiresAt)) return 'mandate-expired';
  }
  if (caller.credential.startsWith('oidc:')) return undefined;
  const record = await live.credential(caller.credential);
  return record === undefined || record.revokedAt !== null ? 'key-revoked' : undefined;
}
