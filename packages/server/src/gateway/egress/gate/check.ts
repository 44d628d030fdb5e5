/** What the rules say about an address, for people who ask before they run something: pure, records nothing, grants nothing. */
import {
  canonicalHost,
  type EgressProfile,
  isEvasive,
  isHost,
  isTarget,
  originTarget,
  ruleForRequest,
  rulesForHost,
} from '@countersign/kernel/egress';
import { Fault } from '@countersign/kernel/fault';
import type { EgressTarget } from '../../../ports/egress-gate.ts';
import type { EgressSettings } from '../../../ports/egress-settings.ts';
import { type Plan, planFor } from './plan.ts';

export interface Checked {
  readonly target: EgressTarget;
  readonly plan: Plan;
}

/** Strict, as the door itself: what a browser would repair is refused here. */
const ADDRESS = /^(?:(https?):\/\/)?([^/?#@\\\s]+?)(?::(\d{1,5}))?(\/[^#]*)?$/;
const TWO_READINGS = 'The path can be read in more than one way; the door refuses it where a rule names paths.';
const PORTS = { http: 80, https: 443 } as const;

/**
 * @param address `https://host:port/path`; without a scheme https, without a path `/`
 * @throws Fault request.invalid
 */
export function checkAddress(profile: EgressProfile, settings: EgressSettings, address: string, method: string): Checked {
  const target = targetOf(address, method);
  const { host, port } = target;
  const first = rulesForHost(profile, host, port);
  const match = { host, port, method: target.method ?? method, path: target.path ?? '/' };
  const rule = first.kind === 'rule' ? first.rule : ruleForRequest(profile, match);
  if (rule !== undefined && isEvasive(profile, match, rule)) throw new Fault('request.invalid', TWO_READINGS);
  return { target, plan: planFor({ profile }, target, rule, settings) };
}

function targetOf(address: string, method: string): EgressTarget {
  const found = ADDRESS.exec(address);
  const [, scheme = 'https', name = '', digits, path = '/'] = found ?? [];
  const canonical = canonicalHost(name);
  const port = digits === undefined ? PORTS[scheme as keyof typeof PORTS] : Number(digits);
  if (found === null || !isHost(canonical) || port < 1 || port > 65_535)
    throw new Fault(
      'request.invalid',
      'That is not an address of the form `https://host:port/path`, with a host in its plain form.',
    );
  const target = originTarget(path);
  if (!isTarget(target) || target.ambiguous !== undefined) throw new Fault('request.invalid', TWO_READINGS);
  return { host: canonical.host, port, scheme: scheme as 'http' | 'https', method, path: target.path };
}
