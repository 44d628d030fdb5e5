/** One rule as an author writes it, to rules as the network door has them: one for each host, in canonical form. */
import { domainToASCII } from 'node:url';
import { canonicalHost, type EgressRule, type HostProblem, isHost, isTarget, originTarget } from '@countersign/kernel/egress';
import { getPublicSuffix } from 'tldts';
import { ZONES } from '../../ports/egress-settings.ts';
import { type EgressRuleShape, type InlineEgressRule, transferBytes } from '../schema/egress.ts';

export interface RuleProblem {
  /** Below the rule. */
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly hint?: string;
}

/** Names and addresses at which clouds hand out credentials to whoever asks from inside. No rule opens them. */
export const METADATA_HOSTS: ReadonlySet<string> = new Set([
  '169.254.169.254',
  '169.254.170.2',
  '169.254.170.23',
  '100.100.100.200',
  '168.63.129.16',
  '192.0.0.192',
  'fd00:ec2::254',
  'fd20:ce::254',
  'metadata.google.internal',
  'metadata.goog',
  'instance-data',
  'instance-data.ec2.internal',
]);

const HOST_PROBLEMS: Readonly<Record<HostProblem, string>> = {
  empty: 'is empty',
  'too-long': 'is longer than a name can be',
  character: 'has a character that no host has; no scheme, port, path or user name belongs here',
  label: 'has a part that is empty, too long, or begins or ends with a hyphen',
  number: 'reads as an address in one of its older spellings; write four plain decimals',
  ipv6: 'is no IPv6 address',
};

export type Pattern = { readonly host: string } | { readonly problem: string; readonly hint?: string };

/** A host or `*.` and a name, as rules have it. @param wide whether a wildcard may cover a whole public suffix, as a denial may */
export function hostPattern(text: string, wide: boolean): Pattern {
  const wildcard = text.startsWith('*.');
  const bare = wildcard ? text.slice(2) : text;
  if (bare.includes('*')) return { problem: 'may have a star only as its whole first part', hint: '*.example.org' };
  // An author may write a name in any script; from here on there is one spelling.
  const ascii = /^[\0-\x7f]*$/.test(bare) ? bare : domainToASCII(bare);
  const canonical = canonicalHost(ascii);
  if (!isHost(canonical)) return { problem: HOST_PROBLEMS[canonical] };
  const { host, kind } = canonical;
  if (!wildcard) return { host };
  if (kind !== 'name') return { problem: 'is an address, and nothing is below one' };
  if (!wide && getPublicSuffix(host, { allowPrivateDomains: true }) === host)
    return { problem: `would cover every name below the public suffix \`${host}\``, hint: 'name the hosts' };
  return { host: `*.${host}` };
}

/** What the schema cannot say about one rule. */
export function ruleProblems(rule: EgressRuleShape): RuleProblem[] {
  const deny = rule.decision === 'deny';
  return [
    ...rule.hosts.flatMap((text, index) => hostProblems(text, deny, ['hosts', index])),
    ...(rule.paths ?? []).flatMap((text, index) => pathProblems(text, ['paths', index])),
    ...(deny ? denialProblems(rule) : [...tlsProblems(rule), ...rawProblems(rule), ...privateProblems(rule)]),
  ];
}

export function hostProblems(text: string, deny: boolean, path: readonly PropertyKey[]): RuleProblem[] {
  const pattern = hostPattern(text, deny);
  if ('problem' in pattern)
    return [{ path, message: `\`${text}\` ${pattern.problem}.`, ...(pattern.hint === undefined ? {} : { hint: pattern.hint }) }];
  if (!deny && METADATA_HOSTS.has(pattern.host))
    return [{ path, message: `\`${text}\` hands out the credentials of the machine; no rule opens it.` }];
  return [];
}

function pathProblems(text: string, path: readonly PropertyKey[]): RuleProblem[] {
  const target = originTarget(text);
  if (!isTarget(target) || target.ambiguous !== undefined || target.query !== '')
    return [{ path, message: `\`${text}\` can be read in more than one way; a path is matched as it stands, without a query.` }];
  return [];
}

const conditional = ({ methods, paths }: EgressRuleShape): boolean => methods !== undefined || paths !== undefined;

/** A denial has nothing to say about what would be let through. */
function denialProblems(rule: EgressRuleShape): RuleProblem[] {
  const useless = (['upload', 'download', 'requestsPerSecond', 'credential'] as const).filter((key) => rule[key] !== undefined);
  return useless.map((key) => ({ path: [key], message: `\`${key}\` means nothing on a rule that denies.` }));
}

function tlsProblems(rule: EgressRuleShape): RuleProblem[] {
  if (rule.tls !== 'opaque') return [];
  if (conditional(rule))
    return [
      { path: ['tls'], message: 'Methods and paths are seen only where the connection is inspected, and this rule is opaque.' },
    ];
  if (rule.credential !== undefined)
    return [
      { path: ['tls'], message: 'A credential is put in only where the connection is inspected, and this rule is opaque.' },
    ];
  return [];
}

function rawProblems(rule: EgressRuleShape): RuleProblem[] {
  if (!rule.raw) return [];
  if (conditional(rule) || rule.credential !== undefined || rule.tls === 'inspect')
    return [{ path: ['raw'], message: 'Of raw bytes nothing is seen: no methods, no paths, no credential, no inspection.' }];
  if (rule.ports === undefined) return [{ path: ['raw'], message: 'Raw bytes need a port that is named.', hint: 'ports: [22]' }];
  return [];
}

/** Whoever answers for names below a wildcard could point any of them inside. */
const privateProblems = ({ hosts, private: inward }: EgressRuleShape): RuleProblem[] =>
  hosts.flatMap((text, index) =>
    inward && text.startsWith('*.')
      ? [{ path: ['hosts', index], message: `\`${text}\` may not be private: name the hosts of the inner network one by one.` }]
      : [],
  );

export interface RuleOrigin {
  /** Name of the set, or of the profile file. */
  readonly zone: string;
  /** Before the rule's own id, so that ids are unique in a profile. */
  readonly prefix: string;
}

/** INVARIANT: only for rules without problems. One for each host, in order. */
export function egressRules(shape: EgressRuleShape, { zone, prefix }: RuleOrigin): EgressRule[] {
  const { id, hosts, upload, download, ...rest } = shape;
  const base = {
    ...optional('ports', rest.ports ?? (rest.credential === undefined ? undefined : [443])),
    ...optional('methods', rest.methods === undefined ? undefined : [...new Set(rest.methods)].sort()),
    ...optional('paths', rest.paths),
    decision: rest.decision,
    tls: rest.tls,
    private: rest.private,
    websocket: rest.websocket,
    raw: rest.raw,
    ...optional('uploadBytes', upload === undefined ? undefined : transferBytes(upload)),
    ...optional('downloadBytes', download === undefined ? undefined : transferBytes(download)),
    ...optional('requestsPerSecond', rest.requestsPerSecond),
    ...optional('credential', rest.credential),
    why: rest.why,
  };
  return hosts.flatMap((text) => {
    const pattern = hostPattern(text, rest.decision === 'deny');
    return 'problem' in pattern ? [] : [{ id: `${prefix}/${id}`, host: pattern.host, zone, ...base }];
  });
}

/**
 * Rules of a profile of sandboxes.
 * @param complain is told what the schema cannot say; the path is below the list
 */
export function inlineRules(
  shapes: readonly InlineEgressRule[],
  profile: string,
  complain: (problem: RuleProblem) => void,
): readonly EgressRule[] {
  // A decision stands for a rule by its id: of two with the same one, the second would be held to what was decided of the first.
  const ids = new Set<string>();
  return shapes.flatMap((given, index) => {
    const shape: EgressRuleShape = {
      ...given,
      id: given.id ?? `rule-${index + 1}`,
      why: given.why ?? `The profile ${profile} lists it.`,
    };
    const twice = ids.has(shape.id) ? [{ path: ['id'], message: `The rule \`${shape.id}\` is there twice.` }] : [];
    ids.add(shape.id);
    const problems: readonly RuleProblem[] = [...twice, ...ruleProblems(shape)];
    for (const problem of problems) complain({ ...problem, path: [index, ...problem.path] });
    return problems.length > 0 ? [] : egressRules(shape, { zone: ZONES.inline, prefix: 'profile' });
  });
}

/** An archive is JSON: what is absent must be absent. */
const optional = <K extends string, T>(key: K, value: T | undefined): { readonly [P in K]?: T } =>
  value === undefined ? {} : ({ [key]: value } as { readonly [P in K]?: T });
