/**
 * The oracle: the same request over the same entities, asked of cedar-wasm, layer by layer, and merged again from its answers. It shares with
 * the kernel the bundle's text and nothing else. For all of CI, and for a sample of production off the hot path.
 */
import type { ActionRequest, EntityRecord, EntityRef, Facts } from '@countersign/kernel/action';
import { qualify, resolveSchema, type Schema } from '@countersign/kernel/cedar';
import type { BundleSource, Decision, PolicySource } from '@countersign/kernel/decide';
import { isRecord, type Json, type JsonRecord } from '@countersign/kernel/json';
import { type CedarCall, CedarInstance } from './wasm.ts';

export interface Mismatch {
  /** Member of the decision that differs, or `wasm` when cedar-wasm gave no answer. */
  readonly member: string;
  readonly expected: string;
  readonly got: string;
}

/** Enforced policies that decide; those of the access layer alone; duties; shadow permits and shadow forbids. */
const SETS = ['enforced', 'access', 'duties', 'shadowPermits', 'shadowForbids'] as const;
type SetName = (typeof SETS)[number];

interface Part {
  readonly decision: string;
  readonly reason: readonly string[];
  readonly errors: readonly string[];
}

type Annotations = Readonly<Record<string, Json>>;

const annotationsOf = ({ est }: PolicySource): Annotations => (isRecord(est) && isRecord(est.annotations) ? est.annotations : {});
const isPermit = ({ est }: PolicySource): boolean => isRecord(est) && est.effect === 'permit';

function isMember(set: SetName, policy: PolicySource): boolean {
  const { layer, mode } = annotationsOf(policy);
  if (mode === 'shadow') return set === (isPermit(policy) ? 'shadowPermits' : 'shadowForbids');
  if (layer === 'obligation') return set === 'duties';
  return set === 'enforced' || (set === 'access' && layer === 'access');
}

const keyOf = ({ type, id }: EntityRef): string => `${type}::"${id}"`;

function refsIn(json: unknown, into: EntityRef[]): void {
  if (Array.isArray(json)) for (const part of json) refsIn(part, into);
  else if (isRecord(json)) {
    if (typeof json.type === 'string' && typeof json.id === 'string') into.push({ type: json.type, id: json.id });
    for (const part of Object.values(json)) refsIn(part, into);
  }
}

/** The entities that the request can reach, since wasm reads all that it is given on every call. */
function reachable(records: ReadonlyMap<string, EntityRecord>, from: readonly EntityRef[]): EntityRecord[] {
  const found = new Map<string, EntityRecord>();
  const pending = [...from];
  for (let ref = pending.pop(); ref !== undefined; ref = pending.pop()) {
    const record = records.get(keyOf(ref));
    if (record === undefined || found.has(keyOf(ref))) continue;
    found.set(keyOf(ref), record);
    pending.push(...record.parents);
    refsIn(record.attrs, pending);
    refsIn((record as { tags?: unknown }).tags, pending);
  }
  return [...found.values()];
}

const sorted = (texts: Iterable<string>): string[] => [...texts].sort();

function partOf(answer: unknown): Part | string {
  if (!isRecord(answer) || answer.type !== 'success' || !isRecord(answer.response)) return JSON.stringify(answer).slice(0, 1000);
  const { decision, diagnostics } = answer.response;
  const { reason, errors } = isRecord(diagnostics) ? diagnostics : {};
  return {
    decision: String(decision),
    reason: sorted(Array.isArray(reason) ? reason.map(String) : []),
    errors: sorted(Array.isArray(errors) ? errors.map((error) => (isRecord(error) ? String(error.policyId) : '')) : []),
  };
}

export class Oracle {
  readonly #instance = new CedarInstance();
  #revision: string | undefined;
  #generation = -1;
  #policies: ReadonlyMap<string, PolicySource> = new Map();
  #entities: ReadonlyMap<string, EntityRecord> = new Map();
  #schema: Schema | undefined;

  /**
   * Compares a decision with cedar-wasm's answers. Undefined when they agree; requests that the kernel refused before evaluation are not asked.
   * Rejects only with `bundle.invalid`, when the bundle cannot be given to wasm at all.
   */
  async check(source: BundleSource, facts: Facts, request: ActionRequest, decision: Decision): Promise<Mismatch | undefined> {
    if (decision.code.startsWith('request.')) return undefined;
    this.#take(source);
    const preparse = this.#generation === this.#instance.generation ? [] : this.#preparse(source);
    const calls = SETS.map((set): CedarCall => ['statefulIsAuthorized', this.#call(set, facts, request, decision)]);
    const answers = (await this.#instance.run([...preparse, ...calls])).slice(preparse.length);
    this.#generation = this.#instance.generation;
    const parts = new Map<SetName, Part>();
    for (const [at, set] of SETS.entries()) {
      const part = partOf(answers[at]);
      if (typeof part === 'string') return { member: 'wasm', expected: part, got: decision.code };
      parts.set(set, part);
    }
    return this.#compare(parts, decision);
  }

  close(): Promise<void> {
    return this.#instance.close();
  }

  #take(source: BundleSource): void {
    if (this.#revision === source.revision) return;
    this.#revision = source.revision;
    // One slot for policies and schema, used again by the next revision: preparsed sets are never evicted.
    this.#generation = -1;
    this.#policies = new Map(source.policies.map((policy) => [policy.id, policy]));
    this.#entities = new Map(source.entities.map((entity) => [keyOf(entity.uid), entity]));
    this.#schema = resolveSchema(source.schema);
  }

  #preparse(source: BundleSource): CedarCall[] {
    const sets = SETS.map((set): CedarCall => {
      const members = source.policies.filter((policy) => isMember(set, policy)).map(({ id, text }) => [id, text]);
      return ['preparsePolicySet', set, { staticPolicies: Object.fromEntries(members) }];
    });
    return [...sets, ['preparseSchema', 'schema', source.schema]];
  }

  #call(set: SetName, facts: Facts, request: ActionRequest, decision: Decision): JsonRecord {
    const records = new Map(this.#entities);
    for (const record of facts.entities ?? []) records.set(keyOf(record.uid), record);
    const asked = { ...facts.context, ...request.args };
    const refs: EntityRef[] = [request.principal, request.resource];
    refsIn(asked, refs);
    const action = { type: qualify(this.#schema?.namespaces[0] ?? '', 'Action'), id: request.action };
    return {
      principal: { ...request.principal },
      action,
      resource: { ...request.resource },
      context: { ...asked, ...this.#kernelMembers(action, decision) },
      preparsedPolicySetId: set,
      preparsedSchemaName: 'schema',
      validateRequest: true,
      entities: reachable(records, refs) as unknown as Json,
    };
  }

  #kernelMembers(action: EntityRef, decision: Decision): JsonRecord {
    const set: JsonRecord = { op: action.id, actionClass: decision.actionClass };
    const members = [...(this.#schema?.actions.get(keyOf(action))?.context.members ?? [])];
    const own = members.filter(([, member]) => member.annotations.from === 'kernel');
    return Object.fromEntries(own.map(([name]) => [name, set[name] ?? null]));
  }

  #compare(parts: ReadonlyMap<SetName, Part>, decision: Decision): Mismatch | undefined {
    const expected = this.#merged(parts);
    const got: Merged = {
      answer: decision.answer,
      policies: decision.policies,
      errors: decision.errors.map(({ policy }) => policy),
      gates: sorted(decision.gates.flatMap(({ policies }) => policies)),
      obligations: decision.obligations,
      shadow: sorted(decision.shadow.map(({ policy, effect }) => `${policy}${effect === 'error' ? ' error' : ''}`)),
    };
    for (const member of MEMBERS) {
      const [a, b] = [JSON.stringify(expected[member]), JSON.stringify(got[member])];
      if (a !== b) return { member, expected: a, got: b };
    }
    return undefined;
  }

  #layer(ids: readonly string[], layer: string): string[] {
    return ids.filter((id) => {
      const policy = this.#policies.get(id);
      return policy !== undefined && annotationsOf(policy).layer === layer;
    });
  }

  #obligations(ids: readonly string[]): string[] {
    const names = ids.flatMap((id) => {
      const policy = this.#policies.get(id);
      return policy === undefined ? [] : String(annotationsOf(policy).obligation).split(',');
    });
    return sorted(new Set(names.map((name) => name.trim())));
  }

  /** The decision that wasm's parts amount to, by the merge rules. */
  #merged(parts: ReadonlyMap<SetName, Part>): Merged {
    const none: Part = { decision: 'deny', reason: [], errors: [] };
    const [enforced = none, access = none, duties = none, permits = none, forbids = none] = SETS.map((set) => parts.get(set));
    const errors = sorted(new Set([...enforced.errors, ...duties.errors]));
    const failed = [...permits.errors, ...forbids.errors].map((id) => `${id} error`);
    const shadow = [...permits.reason, ...forbids.reason, ...failed].sort();
    const rest = { errors, gates: [], obligations: [], shadow };
    const forbidden = enforced.decision === 'deny' ? enforced.reason : [];
    const limits = this.#layer(forbidden, 'limit');
    const refused = this.#layer(forbidden, 'access');
    const gates = this.#layer(forbidden, 'gate');
    if (errors.length > 0) return { ...rest, answer: 'deny', policies: errors };
    if (limits.length > 0) return { ...rest, answer: 'deny', policies: limits };
    if (access.decision !== 'allow') return { ...rest, answer: 'deny', policies: refused };
    if (gates.length > 0) return { ...rest, answer: 'requireApproval', policies: gates, gates };
    return { ...rest, answer: 'allow', policies: enforced.reason, obligations: this.#obligations(duties.reason) };
  }
}

/** In the order in which a difference is told: what was decided before what came with it. */
const MEMBERS = ['answer', 'policies', 'errors', 'gates', 'obligations', 'shadow'] as const;

interface Merged {
  readonly answer: string;
  readonly policies: readonly string[];
  readonly errors: readonly string[];
  readonly gates: readonly string[];
  readonly obligations: readonly string[];
  readonly shadow: readonly string[];
}

let shared: Oracle | undefined;

/** Compares one decision with cedar-wasm, on an instance that all callers share. Undefined when they agree. */
export function oracle(
  source: BundleSource,
  facts: Facts,
  request: ActionRequest,
  decision: Decision,
): Promise<Mismatch | undefined> {
  shared ??= new Oracle();
  return shared.check(source, facts, request, decision);
}
