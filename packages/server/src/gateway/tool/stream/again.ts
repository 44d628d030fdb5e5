/** A stream may stay open for hours: from time to time its credential and mandate are looked at again. */
import { DOOR } from '../deps.ts';
import type { Exchange } from '../exchange.ts';

/** A revocation ends open streams within this time; what is then asked is decided at once anyway. */
const AGAIN_MS = 30_000;

const seen = new WeakMap<Exchange, number>();

/** @returns false where the caller is not (any more) who it was; never throws */
export async function identifyAgain(x: Exchange): Promise<boolean> {
  const { door, claims, caller } = x;
  const now = door.clock.now();
  const last = seen.get(x);
  if (last === undefined) seen.set(x, now);
  if (last === undefined || now - last < AGAIN_MS) return true;
  if (claims === undefined || caller === undefined) return false;
  seen.set(x, now);
  const identified = await door.road.identify(claims.presented, { door: DOOR, trace: x.trace });
  if (!identified.ok) return false;
  const { agent, mandate, mandateProblem } = identified.caller;
  if (agent.id !== caller.agent.id || mandate?.id !== caller.mandate?.id || mandateProblem !== undefined) return false;
  x.caller = identified.caller;
  return true;
}
