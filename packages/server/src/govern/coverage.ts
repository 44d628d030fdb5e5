/** Whether a client keeps our controls, from what it shows of itself. What it shows can only take away: nothing is granted for it. */
import { compareVersions } from '../ports/client-version.ts';
import type { ClientName, ClientSettings, SightingState } from '../ports/clients.ts';
import type { SeenClient } from '../ports/identity.ts';

/** A client as policies read it. */
export interface CoveredClient {
  readonly name: ClientName;
  readonly version: string;
  readonly covered: boolean;
}

/** What a client shows on one call. */
export interface Shown {
  readonly client: ClientName;
  readonly version: string;
  /** What it shows of its settings; undefined: nothing. */
  readonly digest: string | undefined;
}

/** @param published settings that were given out, with the time at which others took their place; null: in force */
export function judgeShown(
  settings: ClientSettings,
  shown: Shown,
  published: ReadonlyMap<string, number | null>,
  nowMs: number,
): SightingState {
  if (!isRecent(settings, shown.client, shown.version)) return 'outdated';
  const replaced = shown.digest === undefined ? undefined : published.get(shown.digest);
  if (replaced === undefined) return 'unmanaged';
  return replaced === null || nowMs - replaced <= settings.graceMs ? 'covered' : 'stale';
}

/** Undefined where the bundle in force does not manage this client: then it counts as any other program. */
export function coveredClient(settings: ClientSettings | undefined, seen: SeenClient | undefined): CoveredClient | undefined {
  if (settings === undefined || seen === undefined) return undefined;
  const { name, version, state } = seen;
  if (settings[name] === null) return undefined;
  const isOurs = state === 'covered' || ((state === 'unmanaged' || state === 'stale') && settings.unmanaged === 'report');
  // Of the floor in force, not of the one when it was seen.
  return { name, version, covered: isOurs && isRecent(settings, name, version) };
}

/** A version that cannot be read counts as old. */
function isRecent(settings: ClientSettings, client: ClientName, version: string): boolean {
  const floor = settings[client]?.minimumVersion;
  return floor === undefined || (compareVersions(version, floor) ?? -1) >= 0;
}
