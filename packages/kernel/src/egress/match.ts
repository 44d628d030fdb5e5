/** Which rule of a profile a request falls under. Pure and small: it runs for every request of every run. */
import { mayLieWithin, pathWithin } from './path.ts';
import type { EgressProfile, EgressRule } from './rule.ts';

const PORTS_DEFAULT: readonly number[] = [80, 443];

/** Bounds on names below a wildcard: without them the name itself would carry data to whoever answers for the domain. */
export const WILDCARD_LABELS_MAX = 2;
export const WILDCARD_LABEL_CHARS_MAX = 48;

/** @param host canonical. `*.x` never covers `x`, and at most two more labels of 48 characters in all */
export function hostMatches(pattern: string, host: string): boolean {
  if (!pattern.startsWith('*.')) return pattern === host;
  const apex = pattern.slice(1);
  if (!host.endsWith(apex)) return false;
  const extra = host.slice(0, -apex.length);
  return extra !== '' && extra.length <= WILDCARD_LABEL_CHARS_MAX && extra.split('.').length <= WILDCARD_LABELS_MAX;
}

/** Deny rules cover every name below their wildcard, however long. */
function covers(rule: EgressRule, host: string): boolean {
  return rule.decision === 'deny' && rule.host.startsWith('*.')
    ? host.endsWith(rule.host.slice(1)) && host.length >= rule.host.length
    : hostMatches(rule.host, host);
}

/** A denial that names no ports holds on every port. */
const onPort = ({ ports, decision }: EgressRule, port: number): boolean =>
  ports === undefined ? decision === 'deny' || PORTS_DEFAULT.includes(port) : ports.includes(port);

const isConditional = ({ methods, paths }: EgressRule): boolean => methods !== undefined || paths !== undefined;

/** What is known of a connection before its first request. */
export type HostRules =
  | { readonly kind: 'rule'; readonly rule: EgressRule }
  /** Method and path decide: the request has to be seen first. */
  | { readonly kind: 'conditional' }
  | { readonly kind: 'unfamiliar' };

/** @param host canonical */
export function rulesForHost(profile: EgressProfile, host: string, port: number): HostRules {
  for (const rule of profile.rules) {
    if (!covers(rule, host) || !onPort(rule, port)) continue;
    return isConditional(rule) ? { kind: 'conditional' } : { kind: 'rule', rule };
  }
  return { kind: 'unfamiliar' };
}

export interface MatchTarget {
  readonly host: string;
  readonly port: number;
  readonly method: string;
  /** Without the query. */
  readonly path: string;
}

/** The first rule that covers a request whose method and path are known; undefined where none does. */
export const ruleForRequest = (profile: EgressProfile, target: MatchTarget): EgressRule | undefined =>
  profile.rules.find((rule) => fits(rule, target, pathWithin));

function fits(rule: EgressRule, { host, port, method, path }: MatchTarget, within: typeof pathWithin): boolean {
  return (
    covers(rule, host) &&
    onPort(rule, port) &&
    (rule.methods === undefined || rule.methods.includes(method)) &&
    (rule.paths === undefined || rule.paths.some((prefix) => within(path, prefix)))
  );
}

/** True where a server may read the path as one of a rule that stands before `rule`, which would then have held: a denial, most often. */
export function isEvasive(profile: EgressProfile, target: MatchTarget, rule: EgressRule): boolean {
  const before = profile.rules.slice(0, profile.rules.indexOf(rule));
  return before.some((one) => one.paths !== undefined && fits(one, target, mayLieWithin));
}

/** True where some rule for the host depends on the method. */
export const methodsRule = ({ rules }: EgressProfile, host: string, port: number): boolean =>
  rules.some((rule) => rule.methods !== undefined && covers(rule, host) && onPort(rule, port));

/** True where some rule for the host depends on the path: it must then be readable in one way only. */
export const pathsRule = ({ rules }: EgressProfile, host: string, port: number): boolean =>
  rules.some((rule) => rule.paths !== undefined && covers(rule, host) && onPort(rule, port));

/** True where a name is worth a fake address: some rule for it is not a denial, or unfamiliar names may be asked for. */
export function isListed(profile: EgressProfile, host: string): boolean {
  const first = profile.rules.find((rule) => covers(rule, host) && (rule.decision !== 'deny' || !isConditional(rule)));
  return first === undefined ? profile.unfamiliar !== 'deny' : first.decision !== 'deny';
}

/** True where some rule that is no denial names the host: what its rules then do not cover is denied, not unfamiliar. */
export const isNamed = (profile: EgressProfile, host: string): boolean =>
  profile.rules.some((rule) => rule.decision !== 'deny' && covers(rule, host));

/** True where everything that is listed is inspected. */
export const inspectsAll = ({ rules, unfamiliar }: EgressProfile): boolean =>
  unfamiliar === 'deny' && rules.every((rule) => rule.decision === 'deny' || wantsInspection(rule));

/** True where something may be inspected, or a reason told inside TLS: the sandbox then has to trust the authority. */
export const inspectsSome = ({ rules, unfamiliar }: EgressProfile): boolean =>
  unfamiliar !== 'deny' || rules.some((rule) => rule.decision !== 'deny' && wantsInspection(rule));

export const wantsInspection = (rule: EgressRule): boolean =>
  rule.tls === 'inspect' || (rule.tls === 'auto' && (isConditional(rule) || rule.credential !== undefined));
