/** From request lines to targets: one expression for authorities, one canonical host, no second reading. */
import { canonicalHost, isHost, isTarget, type OriginTarget, originTarget } from '@countersign/kernel/egress';
import { type RequestHead, valuesOf } from './head.ts';

export interface Authority {
  /** Canonical. */
  readonly host: string;
  readonly port: number;
}

export interface Located extends Authority {
  readonly origin: OriginTarget;
}

/** `mismatch`: two places name different hosts. All public sentences. */
export interface LocateProblem {
  readonly kind: 'invalid' | 'mismatch';
  readonly message: string;
}

const AUTHORITY = /^(\[[0-9A-Fa-f:.]{2,45}\]|[0-9A-Za-z._-]{1,254})(?::([1-9]\d{0,4}))?$/;
const ABSOLUTE = /^http:\/\/([^/?#]+)([/?][^#]*)?$/i;
const PORT_MAX = 65_535;

const invalid = (message: string): LocateProblem => ({ kind: 'invalid', message });
const mismatch = (message: string): LocateProblem => ({ kind: 'mismatch', message });

export const isLocateProblem = (value: object): value is LocateProblem => 'kind' in value;

/** @param portDefault undefined where the port must stand there */
export function authority(text: string, portDefault: number | undefined): Authority | LocateProblem {
  const found = AUTHORITY.exec(text);
  if (found === null) return invalid('The authority is no host name or address with a port.');
  const port = found[2] === undefined ? portDefault : Number(found[2]);
  if (port === undefined || port > PORT_MAX) return invalid('The authority names no port that exists.');
  const host = canonicalHost(found[1] ?? '');
  if (!isHost(host))
    return invalid('The host is not in the one form that is accepted: a plain name, four decimals or an IPv6 address.');
  return { host: host.host, port };
}

/** The target of a `CONNECT`. A `Host` that says something else is refused. */
export function connectTarget(head: RequestHead): Authority | LocateProblem {
  const target = authority(head.target, undefined);
  if (isLocateProblem(target)) return target;
  const hosts = valuesOf(head.headers, 'host');
  if (hosts.length > 1) return invalid('The header `host` stands there more than once.');
  if (hosts[0] === undefined || hosts[0] === '') return target;
  // Some clients leave the port out here.
  const said = authority(hosts[0], target.port);
  if (isLocateProblem(said)) return said;
  return said.host === target.host && said.port === target.port ? target : mismatch('The header `host` names another target.');
}

/** A request to a proxy: `GET http://host/path`. */
export function absoluteTarget(head: RequestHead): Located | LocateProblem {
  const found = ABSOLUTE.exec(head.target);
  if (found === null) return invalid('A proxy takes `http://` targets and CONNECT, nothing else.');
  const rest = found[2] ?? '/';
  const target = authority(found[1] ?? '', 80);
  if (isLocateProblem(target)) return target;
  const host = hostOf(head, 80);
  if (isLocateProblem(host)) return host;
  if (host.host !== target.host || host.port !== target.port)
    return mismatch('The header `host` and the target name different hosts.');
  return withOrigin(target, rest.startsWith('?') ? `/${rest}` : rest);
}

/**
 * A request to an origin: `GET /path`.
 * @param fixed what CONNECT or SNI named; undefined where only `Host` says it
 */
export function originLocation(head: RequestHead, portDefault: number, fixed: Authority | undefined): Located | LocateProblem {
  const host = hostOf(head, portDefault);
  if (isLocateProblem(host)) return host;
  if (fixed !== undefined && (host.host !== fixed.host || host.port !== fixed.port))
    return mismatch('The header `host` names another host than the connection was opened for.');
  return withOrigin(fixed ?? host, head.target);
}

function hostOf(head: RequestHead, portDefault: number): Authority | LocateProblem {
  const hosts = valuesOf(head.headers, 'host');
  if (hosts.length !== 1) return invalid('The header `host` must stand there once.');
  return authority(hosts[0] ?? '', portDefault);
}

function withOrigin({ host, port }: Authority, text: string): Located | LocateProblem {
  const origin = originTarget(text);
  return isTarget(origin) ? { host, port, origin } : invalid('The request target is not a plain path.');
}

/** `host`, with the port where it is not the scheme's own. */
export function hostHeader({ host, port }: Authority, scheme: 'http' | 'https'): string {
  const name = host.includes(':') ? `[${host}]` : host;
  return port === (scheme === 'https' ? 443 : 80) ? name : `${name}:${port}`;
}
