/** From the headers of a model call to the client that it says it is. */
import type { ClientName } from '../../ports/clients.ts';
import type { ShownHeaders } from '../../ports/client-watch.ts';
import type { Shown } from '../../govern/coverage.ts';

const AGENTS: readonly (readonly [RegExp, ClientName])[] = [
  [/^codex[a-z_-]*\/([0-9A-Za-z.+-]{1,64})/, 'codex'],
  [/^claude-(?:cli|code)\/([0-9A-Za-z.+-]{1,64})/, 'claude'],
];

/** A program that drives Codex puts its own name first, and Codex' version behind it. */
const DRIVEN = /^[\x21-\x7e]{1,100}\/([0-9A-Za-z.+-]{1,64})/;
const SETTINGS = /^[0-9a-f]{32}$/;
const CHECKSUM = /^sha256:[0-9a-f]{64}$/;

/** Undefined where it is no client that we could manage. @param isCodex the request has what only Codex sends */
export function shownBy(headers: ShownHeaders, isCodex: boolean): Shown | undefined {
  const agent = headers.userAgent ?? '';
  for (const [pattern, client] of AGENTS) {
    const version = pattern.exec(agent)?.[1];
    if (version !== undefined) return { client, version, digest: digestOf(client, headers) };
  }
  const driven = isCodex ? DRIVEN.exec(agent)?.[1] : undefined;
  return driven === undefined ? undefined : { client: 'codex', version: driven, digest: digestOf('codex', headers) };
}

function digestOf(client: ClientName, { settings, checksum }: ShownHeaders): string | undefined {
  if (client === 'claude') return checksum !== undefined && CHECKSUM.test(checksum) ? checksum : undefined;
  return settings !== undefined && SETTINGS.test(settings) ? settings : undefined;
}
