/** The closed vocabulary of policy annotations. To Cedar they are unchecked strings; to us they decide who is asked and what is said. */
import { chainOf } from '@countersign/kernel/cedar';
import type { PolicySource } from '@countersign/kernel/decide';
import { isRecord, type Json } from '@countersign/kernel/json';
import type { Finding, LintVocabulary } from '../../ports/cedar.ts';

type Layer = 'access' | 'limit' | 'gate' | 'obligation';

const REQUIRED: Readonly<Record<Layer, readonly string[]>> = {
  access: ['owner'],
  limit: ['owner', 'reason', 'message', 'escalate'],
  gate: ['owner', 'gate', 'approvers', 'min', 'reason', 'message', 'escalate'],
  obligation: ['owner', 'obligation'],
};
const OPTIONAL = ['id', 'layer', 'mode', 'since', 'instead', 'link', 'reason', 'message', 'escalate'];
const DATE = /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/;
const REASON = /^[a-z][a-z0-9-]*(?:\.[a-z][a-z0-9-]*)+$/;

interface Context {
  readonly source: PolicySource;
  readonly layer: Layer;
  readonly annotations: Readonly<Record<string, Json>>;
  readonly vocabulary: LintVocabulary;
  readonly report: (code: string, message: string, severity?: Finding['severity']) => void;
}

type Rule = (context: Context) => void;

const textAt = ({ annotations }: Context, name: string): string => {
  const value = annotations[name];
  return typeof value === 'string' ? value : '';
};

const knownNames: Rule = ({ annotations, layer, report }) => {
  for (const name of REQUIRED[layer]) {
    if (typeof annotations[name] !== 'string' || annotations[name] === '')
      report('lint.annotation-missing', `@${name}("...") is missing`);
  }
  const known = new Set([...REQUIRED[layer], ...OPTIONAL]);
  for (const name of Object.keys(annotations)) {
    if (!known.has(name)) report('lint.annotation-unknown', `@${name} is not an annotation of layer ${layer}`);
  }
};

const effectFits: Rule = ({ source, layer, report }) => {
  const effect = isRecord(source.est) ? source.est.effect : undefined;
  const wanted = { access: undefined, limit: 'forbid', gate: 'forbid', obligation: 'permit' }[layer];
  if (wanted !== undefined && effect !== wanted) report('lint.effect', `a policy of layer ${layer} must be a ${wanted}`);
};

const modeAndSince: Rule = (context) => {
  const { annotations, report } = context;
  if (annotations.mode !== undefined && annotations.mode !== 'shadow') report('lint.mode', '@mode can only be "shadow"');
  if (annotations.mode === 'shadow' && !DATE.test(textAt(context, 'since')))
    report('lint.since', 'a shadow policy needs @since("YYYY-MM-DD")');
  if (annotations.mode === undefined && annotations.since !== undefined)
    report('lint.since', '@since is for shadow policies only');
};

const teamsExist: Rule = (context) => {
  const { vocabulary, report } = context;
  for (const name of ['owner', 'escalate']) {
    const team = textAt(context, name);
    const isKnown = vocabulary.teams.includes(team) || (name === 'escalate' && vocabulary.groups.includes(team));
    if (team !== '' && !isKnown) report('lint.team-unknown', `@${name}("${team}") is not a team that is registered`);
  }
  const approvers = textAt(context, 'approvers');
  if (approvers !== '' && !vocabulary.teams.includes(approvers) && !vocabulary.groups.includes(approvers)) {
    report('lint.group-unknown', `@approvers("${approvers}") is neither a team nor a group`);
  }
};

const dutiesExist: Rule = (context) => {
  for (const duty of textAt(context, 'obligation').split(',')) {
    const name = duty.trim();
    if (name !== '' && !context.vocabulary.obligations.includes(name)) {
      context.report('lint.obligation-unknown', `no door knows the obligation "${name}"`);
    }
  }
};

const reasonExists: Rule = (context) => {
  const reason = textAt(context, 'reason');
  if (reason === '') return;
  if (!REASON.test(reason)) context.report('lint.reason', `@reason("${reason}") must be like "budget.exhausted"`);
  else if (context.vocabulary.reasonsKnown?.includes(reason) === false)
    context.report('lint.reason', `@reason("${reason}") is not known`);
};

function visit(est: Json, see: (node: Readonly<Record<string, Json>>) => void): void {
  if (Array.isArray(est)) for (const part of est) visit(part as Json, see);
  else if (isRecord(est)) {
    see(est);
    for (const part of Object.values(est)) visit(part, see);
  }
}

const isApprovals = (est: Json | undefined): boolean =>
  isRecord(est) &&
  isRecord(est['.']) &&
  est['.'].attr === 'approvals' &&
  isRecord(est['.'].left) &&
  est['.'].left.Var === 'context';

/** Classes that an expression demands, when it is `context.approvals.contains("class")`. */
function approvalClass(est: Json | undefined): string | undefined {
  if (!isRecord(est) || !isRecord(est.contains) || !isApprovals(est.contains.left)) return undefined;
  const { right } = est.contains;
  return isRecord(right) && typeof right.Value === 'string' ? right.Value : undefined;
}

const conditionsOf = (est: Json): readonly Json[] => (isRecord(est) && Array.isArray(est.conditions) ? est.conditions : []);

/**
 * A gate is lifted by its own class and by nothing else: some `unless` must be exactly that test or an `||` chain with it, and approvals may be read
 * nowhere else.
 */
const approvalsOnlyInGates: Rule = (context) => {
  const { source, layer, report } = context;
  let reads = 0;
  visit(source.est, (node) => {
    if (isApprovals(node as Json)) reads += 1;
    const has = node.has;
    if (isRecord(has) && isRecord(has.left) && has.left.Var === 'context' && [has.attr].flat().includes('approvals')) reads += 1;
  });
  let ownReads = 0;
  for (const condition of conditionsOf(source.est)) {
    if (!isRecord(condition) || condition.kind !== 'unless') continue;
    for (const link of chainOf(condition.body, '||')) if (approvalClass(link as Json) === textAt(context, 'gate')) ownReads += 1;
  }
  if (layer === 'gate' && ownReads === 0)
    report('lint.gate-unless', `needs unless { context.approvals.contains("${textAt(context, 'gate')}") }`);
  if (reads > (layer === 'gate' ? ownReads : 0))
    report('lint.approvals', 'context.approvals may only be read in a gate, for its own class');
};

const gateShape: Rule = (context) => {
  const { layer, vocabulary, report } = context;
  if (layer !== 'gate') return;
  const min = textAt(context, 'min');
  if (min !== '' && !/^[1-9][0-9]{0,3}$/.test(min)) report('lint.min', `@min("${min}") must be a positive integer`);
  const gate = textAt(context, 'gate');
  if (gate !== '' && vocabulary.gates?.includes(gate) === false)
    report('lint.gate-unknown', `the gate class "${gate}" is not known`);
};

/** `A && x || B` parses as `(A && x) || B`: fine for Cedar, a trap for readers. The JSON form has no parentheses, so the text is asked. */
const mixedOperators: Rule = ({ source, report }) => {
  let isMixed = false;
  visit(source.est, (node) => {
    const body = node['||'];
    if (isRecord(body) && [body.left, body.right].some((side) => isRecord(side) && '&&' in side)) isMixed = true;
  });
  if (isMixed && hasBareMix(source.text)) report('lint.mixed-operators', 'put parentheses around && next to ||', 'warning');
};

/** Whether `&&` and `||` occur in the same pair of brackets. */
function hasBareMix(text: string): boolean {
  const levels: Set<string>[] = [new Set()];
  for (const [token] of text.matchAll(/\/\/[^\n]*|"(?:[^"\\]|\\[^])*"|&&|\|\||[([{]|[)\]}]/gu)) {
    if ('([{'.includes(token)) levels.push(new Set());
    else if (')]}'.includes(token)) levels.pop();
    else if (token === '&&' || token === '||') {
      const level = levels.at(-1);
      level?.add(token);
      if (level?.size === 2) return true;
    }
  }
  return false;
}

const RULES: readonly Rule[] = [
  knownNames,
  effectFits,
  modeAndSince,
  teamsExist,
  dutiesExist,
  reasonExists,
  approvalsOnlyInGates,
  gateShape,
  mixedOperators,
];

/** Checks the annotations of a bundle's policies against what exists. Findings in the order of the policies. */
export function lintPolicies(policies: readonly PolicySource[], vocabulary: LintVocabulary): Finding[] {
  const findings: Finding[] = [];
  const seen = new Map<string, string>();
  for (const source of policies) {
    const reference = `${source.file}:${source.line}#${source.id}`;
    const report: Context['report'] = (code, message, severity = 'error') =>
      findings.push({ severity, code, message, reference });
    const before = seen.get(source.id);
    if (before !== undefined) report('lint.id-duplicate', `the id is also used in ${before}`);
    seen.set(source.id, `${source.file}:${source.line}`);
    const annotations = isRecord(source.est) && isRecord(source.est.annotations) ? source.est.annotations : {};
    const layer = (['access', 'limit', 'gate', 'obligation'] as const).find((name) => name === annotations.layer);
    if (layer === undefined) {
      report('lint.layer', '@layer must be "access", "limit", "gate" or "obligation"');
      continue;
    }
    for (const rule of RULES) rule({ source, layer, annotations, vocabulary, report });
  }
  return findings;
}
