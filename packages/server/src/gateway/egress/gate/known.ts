/** What is known of a host: as facts for policies, and as sentences for who asks and who answers. */
import { looksLikeData, looksLikeRegistry } from '@countersign/kernel/egress';
import type { JsonRecord } from '@countersign/kernel/json';
import { getDomain } from 'tldts';
import type { HostFacts } from '../../../ports/egress-entity.ts';
import { grantCovers, type HostHistory, type TemporaryGrant } from '../../../ports/familiarity.ts';
import { isAddress, type Plan } from './plan.ts';

const DAY_MS = 86_400_000;
/** Longest sentence about a host, characters. */
const REPOSITORIES_TOLD_MAX = 3;

/** Registrable domain; a private suffix such as `github.io` counts as one, since its names belong to different people. */
export const domainOf = (host: string): string => getDomain(host, { allowPrivateDomains: true }) ?? host;

export interface Known {
  readonly history: HostHistory;
  /** The grant that covers what is asked, where one stands. */
  readonly grant: TemporaryGrant | undefined;
}

export interface KnownTerms {
  readonly plan: Plan;
  readonly repository: string | null;
  readonly nowMs: number;
  readonly uploadedBytes: number;
}

export const grantFor = (grants: readonly TemporaryGrant[], { methods }: Plan): TemporaryGrant | undefined =>
  grants.find((grant) => grantCovers(grant, methods));

export function hostFacts({ history, grant }: Known, { plan, repository, nowMs, uploadedBytes }: KnownTerms): HostFacts {
  const { host, domain, runs, repositories, repositoryCount, firstSeen } = history;
  return {
    host,
    kind: isAddress(host) ? (host.includes(':') ? 'ipv6' : 'ipv4') : 'name',
    domain,
    zone: plan.zone,
    taints: plan.taints,
    seen: runs > 0,
    seenHere: repository !== null && repositories.includes(repository),
    repositories: repositoryCount,
    ageDays: firstSeen === null ? 0 : Math.max(0, Math.floor((nowMs - Date.parse(firstSeen)) / DAY_MS)),
    registryLike: looksLikeRegistry(host),
    entropyHigh: looksLikeData(host, domain),
    granted: grant !== undefined,
    uploadedBytes,
  };
}

/** One or two sentences: was somebody here there before, who let it pass, since when. */
export function historyText({ host, runs, firstSeen, repositories, repositoryCount, denials, approver }: HostHistory): string {
  if (runs === 0)
    return denials === 0
      ? `Nobody here was ever at \`${host}\`.`
      : `Nobody here was ever at \`${host}\`; it was asked for ${denials} times and denied.`;
  const named = repositories.slice(0, REPOSITORIES_TOLD_MAX).join(', ');
  const where =
    repositoryCount === 0 ? '' : `, from ${repositoryCount} ${repositoryCount === 1 ? 'repository' : 'repositories'} (${named})`;
  const who = approver === null ? '' : ` ${approver} let it pass last.`;
  return `\`${host}\` was reached in ${runs} ${runs === 1 ? 'run' : 'runs'} since ${(firstSeen ?? '').slice(0, 10)}${where}.${who}`;
}

/** What an approver sees of the host. */
export function shownHost({ history }: Known, facts: HostFacts): JsonRecord {
  return {
    host: history.host,
    domain: history.domain,
    says: historyText(history),
    seenBefore: facts.seen,
    seenInThisRepository: facts.seenHere,
    firstSeen: history.firstSeen,
    lastSeen: history.lastSeen,
    ageDays: facts.ageDays,
    runs: history.runs,
    denials: history.denials,
    repositories: [...history.repositories],
    repositoryCount: history.repositoryCount,
    agentKinds: [...history.agentKinds],
    uploadBytes: history.uploadBytes,
    downloadBytes: history.downloadBytes,
    lastApprovedBy: history.approver,
    lastApprovedUntil: history.approvedUntil,
    looksLikeRegistry: facts.registryLike,
    nameLooksLikeData: facts.entropyHigh,
  };
}
