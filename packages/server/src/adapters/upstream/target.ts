/** Where and how a provider is reached. */
import type { ProviderRecord } from '../../ports/registry.ts';

export interface Target {
  readonly origin: string;
  /** Path of the base URL, without trailing slash. */
  readonly prefix: string;
}

/** @returns undefined for a base URL that is no plain http(s) address */
export function targetOf(baseUrl: string): Target | undefined {
  try {
    const url = new URL(baseUrl);
    if (
      (url.protocol !== 'https:' && url.protocol !== 'http:') ||
      url.username !== '' ||
      url.password !== '' ||
      url.search !== ''
    )
      return undefined;
    return { origin: url.origin, prefix: url.pathname.replace(/\/+$/, '') };
  } catch {
    return undefined;
  }
}

/** Version of the Messages format, sent when the client names none. */
const ANTHROPIC_VERSION = '2023-06-01';

/** The headers as they go out: the client's end-to-end ones, our credential, and no encoding that could not be read. */
export function outgoing(headers: readonly string[], provider: ProviderRecord, secret: string | null): string[] {
  const all = [...headers, 'accept-encoding', 'identity'];
  if (provider.kind === 'anthropic') {
    if (secret !== null) all.push('x-api-key', secret);
    if (!hasHeader(headers, 'anthropic-version')) all.push('anthropic-version', ANTHROPIC_VERSION);
  } else if (secret !== null) {
    all.push('authorization', `Bearer ${secret}`);
  }
  return all;
}

function hasHeader(headers: readonly string[], name: string): boolean {
  for (let i = 0; i < headers.length; i += 2) if (headers[i]?.toLowerCase() === name) return true;
  return false;
}
