/** What sandboxes may reach, as people see it: what is known of hosts, what the rules say, and grants for a while, each on the road. */
import { canonicalHost, isHost, rulesForHost } from '@countersign/kernel/egress';
import { Fault } from '@countersign/kernel/fault';
import { canonicalize } from '@countersign/kernel/ledger';
import type { EgressCheck, EgressChecked, EgressDesk, GrantAsk, Person } from '../../api/deps.ts';
import { checkAddress, historyText } from '../../gateway/egress/gate/index.ts';
import { sha256Hex } from '../../govern/hash.ts';
import { type Clock, isoTime, type NewId } from '../../ports/clock.ts';
import { zoneRef } from '../../ports/egress-entity.ts';
import { composeProfile } from '../../ports/egress-profile.ts';
import { ZONES } from '../../ports/egress-settings.ts';
import type { Familiarity, TemporaryGrant } from '../../ports/familiarity.ts';
import type { BundleSnapshot } from '../../ports/registry.ts';
import { onRoad, type PersonTerms } from './person-road.ts';

export interface EgressDeskTerms extends PersonTerms {
  readonly familiarity: Familiarity;
  readonly clock: Clock;
  readonly newId: NewId;
}

const MINUTE_MS = 60_000;
/** Grants of one host that are told with it. */
const GRANTS_MAX = 50;

export function openEgressDesk(terms: EgressDeskTerms): EgressDesk {
  const { org, familiarity } = terms;
  return {
    async hosts({ limit, cursor }) {
      const rows = await familiarity.hosts(org, { limit: limit + 1, ...(cursor === undefined ? {} : { after: cursor }) });
      const data = rows.slice(0, limit);
      const last = data.at(-1)?.host;
      return rows.length > limit && last !== undefined ? { data, nextCursor: last } : { data };
    },
    async host(name) {
      const host = plainHost(name);
      const [history, grants] = await Promise.all([
        familiarity.history(org, host),
        familiarity.grants(org, { host, limit: GRANTS_MAX }),
      ]);
      return { ...history, says: historyText(history), grants };
    },
    grants: (query) => familiarity.grants(org, query),
    check: (ask) => check(terms, ask),
    grantable: (ask) => grantable(snapshotOf(terms), ask),
    grant: (by, ask) => grant(terms, by, ask),
    revoke(by, id, reason) {
      const road = onGrants(terms, { reason, contentDigest: sha256Hex(`revoke ${id}`), shown: { revoke: id } });
      return onRoad(terms, by, road, (decision) => familiarity.revoke(org, id, { by: by.id, decision }));
    },
  };
}

function snapshotOf({ snapshots }: EgressDeskTerms): BundleSnapshot {
  const snapshot = snapshots.current();
  if (snapshot === undefined) throw new Fault('bundle.missing', 'No bundle is in force.');
  return snapshot;
}

/** @throws Fault request.invalid */
function plainHost(text: string): string {
  const canonical = canonicalHost(text);
  if (!isHost(canonical))
    throw new Fault('request.invalid', `\`${text}\` is no host: a name in ASCII, or an address in its plain form.`);
  return canonical.host;
}

async function check(terms: EgressDeskTerms, ask: EgressCheck): Promise<EgressChecked> {
  const { egress, settings } = snapshotOf(terms);
  const environment = ask.environment ?? settings.environments[0] ?? '';
  const profile = composeProfile(egress, {
    name: ask.profile ?? 'default',
    environment,
    repository: ask.repository ?? null,
    useCase: ask.useCase ?? null,
    ...(ask.profile === undefined ? {} : { template: ask.profile }),
  });
  const { target, plan } = checkAddress(profile, egress, ask.url, ask.method);
  const history = await terms.familiarity.history(terms.org, target.host);
  return {
    host: target.host,
    port: target.port,
    method: ask.method,
    path: target.path ?? '/',
    environment,
    verdict: plan.verdict,
    rule: plan.rule.id,
    zone: plan.zone,
    why: plan.why,
    action: plan.action,
    methods: plan.methods,
    enforcement: plan.enforcement,
    credential: plan.credential?.name ?? null,
    taints: plan.taints,
    known: historyText(history),
  };
}

/** A grant opens what is unfamiliar, and nothing that a rule denies. */
function grantable({ egress }: BundleSnapshot, { host: name }: GrantAsk): string {
  const canonical = canonicalHost(name);
  if (!isHost(canonical) || canonical.kind !== 'name')
    throw new Fault('request.invalid', `\`${name}\` is no name of a host; addresses and wildcards need a rule of egress.yaml.`);
  const { host } = canonical;
  const profile = { name: '', unfamiliar: 'deny', uploadBytes: 0, downloadBytes: 0, connections: 0, rules: egress.deny } as const;
  const denied = rulesForHost(profile, host, 443);
  if (denied.kind === 'rule')
    throw new Fault('request.conflict', `\`${host}\` is on the deny list, which no grant opens: ${denied.rule.why}`);
  return host;
}

const onGrants = (
  { snapshots }: EgressDeskTerms,
  bound: { readonly reason: string; readonly contentDigest: string; readonly shown: Record<string, string | number | string[]> },
) => ({
  action: 'network.grant' as const,
  resource: zoneRef(snapshots.current()?.compiled.namespace ?? '', ZONES.unfamiliar),
  ...bound,
});

async function grant(terms: EgressDeskTerms, by: Person, ask: GrantAsk): Promise<TemporaryGrant> {
  const { org, familiarity, clock, newId } = terms;
  const host = grantable(snapshotOf(terms), ask);
  const { scope, of, minutes, reason } = ask;
  const methods = [...ask.methods];
  const shown = { host, scope, of, methods, minutes };
  const road = onGrants(terms, { reason, contentDigest: sha256Hex(canonicalize(shown)), shown });
  return onRoad(terms, by, road, (decision) =>
    familiarity.grant({
      org,
      id: newId('egr'),
      scope,
      of,
      host,
      methods,
      by: by.id,
      reason,
      approval: null,
      decision,
      expiresAt: isoTime(clock.now() + minutes * MINUTE_MS),
    }),
  );
}
