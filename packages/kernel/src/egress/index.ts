export { type CanonicalHost, canonicalHost, type HostProblem, isHost } from './host.ts';
export {
  hostMatches,
  type HostRules,
  inspectsAll,
  inspectsSome,
  isEvasive,
  isListed,
  isNamed,
  methodsRule,
  pathsRule,
  ruleForRequest,
  rulesForHost,
  wantsInspection,
} from './match.ts';
export { isTarget, type OriginTarget, originTarget, pathWithin, type TargetProblem } from './path.ts';
export { looksLikeData, looksLikeRegistry } from './signals.ts';
export type { EgressProfile, EgressRule, EgressVerdict } from './rule.ts';
