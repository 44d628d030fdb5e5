/**
 * Addresses of servers' resources as agents see them. They lead through this door and nowhere else: `countersign://<server>/<encoded>` for a concrete
 * one, `countersign://<server>/~/<raw>` for what a client fills in from a template, where encoding would change what the client fills in.
 */

const SCHEME = 'countersign://';
/** Longer addresses are nobody's. */
export const URI_CHARS_MAX = 8 * 1024;

export const exposeUri = (server: string, uri: string): string => `${SCHEME}${server}/${encodeURIComponent(uri)}`;

export const exposeTemplate = (server: string, template: string): string => `${SCHEME}${server}/~/${template}`;

export interface ServerUri {
  readonly server: string;
  /** The server's own. */
  readonly uri: string;
}

/** Undefined for what this door never handed out. */
export function resolveUri(uri: string): ServerUri | undefined {
  if (!uri.startsWith(SCHEME) || uri.length > URI_CHARS_MAX) return undefined;
  const slash = uri.indexOf('/', SCHEME.length);
  if (slash === -1) return undefined;
  const server = uri.slice(SCHEME.length, slash);
  const rest = uri.slice(slash + 1);
  if (rest.startsWith('~/')) return rest.length === 2 ? undefined : { server, uri: rest.slice(2) };
  try {
    const decoded = decodeURIComponent(rest);
    return decoded !== '' && encodeURIComponent(decoded) === rest ? { server, uri: decoded } : undefined;
  } catch {
    return undefined;
  }
}
