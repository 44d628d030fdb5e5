/** What is asked of the road for one target: pure, from the profile, the rule that matched and the bundle's settings. */
import { type EgressRule, isNamed, wantsInspection } from '@countersign/kernel/egress';
import { coversRule } from '../../../ports/egress-profile.ts';
import type { EgressTarget } from '../../../ports/egress-gate.ts';
import { type BoundCredential, type EgressSettings, ZONES } from '../../../ports/egress-settings.ts';
import type { EgressRun } from '../../../ports/egress.ts';
import type { Taint } from '../../../ports/registry.ts';

export type Verdict = 'allow' | 'ask' | 'deny' | 'unfamiliar' | 'report';
export type Enforcement = 'plain' | 'inspected' | 'opaque' | 'raw';

export interface Plan {
  readonly verdict: Verdict;
  readonly action: 'network.read' | 'network.connect';
  /** What holds if it is allowed; for a target that no rule matched, what is allowed instead. */
  readonly rule: EgressRule;
  /** That the decision covers; empty: any. */
  readonly methods: readonly string[];
  readonly enforcement: Enforcement;
  readonly zone: string;
  readonly taints: readonly Taint[];
  readonly credential?: BoundCredential;
  /** Public sentence, for a denial. */
  readonly why: string;
}

const READING: readonly string[] = ['GET', 'HEAD'];
const PORTS: readonly number[] = [80, 443];
const WAY_OUT: readonly Taint[] = ['egress', 'untrusted'];
const STRANGERS_TEXT: readonly Taint[] = ['untrusted'];

/** Reading: each request is seen, and none but GET and HEAD passes. A WebSocket begins as a GET and sends. */
const reads = ({ methods, websocket, raw }: EgressRule): boolean =>
  !websocket && !raw && methods !== undefined && methods.every((method) => READING.includes(method));

export function planFor(
  { profile }: Pick<EgressRun, 'profile'>,
  target: EgressTarget,
  rule: EgressRule | undefined,
  settings: EgressSettings,
): Plan {
  return rule === undefined ? unlisted(profile, target, settings) : listed(target, rule, settings);
}

function listed(target: EgressTarget, rule: EgressRule, settings: EgressSettings): Plan {
  const action = reads(rule) ? 'network.read' : 'network.connect';
  const zone = rule.zone ?? ZONES.inline;
  const base = {
    action,
    rule,
    methods: rule.methods ?? [],
    enforcement: enforcementOf(target, rule),
    zone,
    taints: taintsOf(settings, zone, action),
  } as const;
  if (rule.decision === 'deny') return { ...base, verdict: 'deny', why: `\`${target.host}\` is denied: ${rule.why}` };
  if (rule.credential === undefined) return { ...base, verdict: rule.decision, why: rule.why };
  // The profile was made under the bundle of its time; this one may have taken the credential away.
  const credential = settings.credentials.find(({ name }) => name === rule.credential);
  if (credential === undefined || !coversRule(credential, rule))
    return { ...base, verdict: 'deny', why: `The credential \`${rule.credential}\` is not for \`${target.host}\`.` };
  return { ...base, verdict: rule.decision, credential, why: rule.why };
}

/** Rules of a set bring what the set says; what a profile lists itself, nobody said anything about. */
function taintsOf({ sets }: EgressSettings, zone: string, action: Plan['action']): readonly Taint[] {
  const set = sets.find(({ id }) => id === zone);
  if (set !== undefined) return set.taints;
  return action === 'network.read' ? STRANGERS_TEXT : WAY_OUT;
}

function enforcementOf({ scheme }: EgressTarget, rule: EgressRule): Enforcement {
  if (scheme === 'raw') return 'raw';
  if (scheme === 'http') return 'plain';
  return wantsInspection(rule) ? 'inspected' : 'opaque';
}

function unlisted(profile: EgressRun['profile'], target: EgressTarget, settings: EgressSettings): Plan {
  const { host, port, method } = target;
  const reading = method !== undefined && READING.includes(method);
  const methods = reading ? READING : [];
  const rule: EgressRule = {
    id: 'unfamiliar',
    host,
    zone: ZONES.unfamiliar,
    ports: [port],
    ...(reading ? { methods } : {}),
    decision: 'allow',
    // Methods are known only where requests are seen.
    tls: 'inspect',
    private: false,
    websocket: false,
    raw: false,
    uploadBytes: settings.limits.unfamiliarUploadBytes,
    why: 'Nobody listed this host.',
  };
  const base = {
    action: reading ? 'network.read' : 'network.connect',
    rule,
    methods,
    enforcement: enforcementOf(target, rule),
    zone: ZONES.unfamiliar,
    taints: WAY_OUT,
  } as const;
  const refusal = neverAsked(profile, target);
  if (refusal !== undefined) return { ...base, verdict: 'deny', why: refusal };
  return { ...base, verdict: profile.unfamiliar === 'report' ? 'report' : 'unfamiliar', why: `Nobody listed \`${host}\`.` };
}

/** Why a target that no rule matched is denied without asking anybody; undefined where it is one to ask about. */
function neverAsked(profile: EgressRun['profile'], { host, port, scheme, method }: EgressTarget): string | undefined {
  if (isNamed(profile, host))
    return `\`${host}\` is listed, but not with ${method === undefined ? `port ${port}` : 'this method, path and port'}.`;
  if (isAddress(host)) return `\`${host}\` is an address; addresses need a rule of their own.`;
  if (!PORTS.includes(port) || scheme === 'raw')
    return `Nobody listed \`${host}\`, and unlisted hosts are reached on ports 80 and 443 only.`;
  if (profile.unfamiliar === 'deny') return `Nobody listed \`${host}\`, and here such hosts are denied.`;
  return undefined;
}

/** @param host canonical: the last label of a name is never a number */
export const isAddress = (host: string): boolean => host.includes(':') || /\.\d+$/.test(host);
