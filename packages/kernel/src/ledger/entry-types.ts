/** The closed set of entry types, each with the members that it must and may have. */
import {
  chainMembers,
  code,
  costPart,
  count,
  decisionPart,
  digest,
  envelopeMembers,
  id,
  lists,
  longId,
  outcomePart,
  pseudonym,
  reservationPart,
  signedCount,
  subjectMembers,
  time,
} from './entry-parts.ts';
import { flag, integer, oneOf, record, type RecordShape, type Shapes, type ShapeType } from './shape.ts';

const entry = <const R extends Shapes, const O extends Shapes>(required: R, optional: O) =>
  record({ ...envelopeMembers, ...chainMembers, type: id, ...required }, { ...subjectMembers, ...optional });

const { principal, action, resource, mandate, task, approval, payloads } = subjectMembers;
const credential = record({ credential: id }, { holder: pseudonym, kind: code, by: pseudonym, code, expiresAt: time });
/** A definition of a tool, or of its server where `tool` is absent. */
const definition = { server: id, pin: digest };
const kill = record({ scope: oneOf('agent', 'team', 'all') }, { target: id, by: pseudonym, code });

export const ENTRY_SHAPES = {
  'task.admitted': entry(
    { principal, mandate, task },
    {
      detail: record(
        {},
        {
          decision: id,
          expiresAt: time,
          budgetMicroUsd: count,
          estimateMicroUsd: count,
          repositories: lists.ids,
          capabilities: lists.ids,
        },
      ),
    },
  ),
  /** Durable before the act. */
  decision: entry({ principal, action, resource, decision: decisionPart }, { grant: id, reservation: reservationPart }),
  /** After the act, or at restart for an act whose end nobody saw. */
  outcome: entry(
    { outcome: outcomePart },
    {
      grant: id,
      reservation: reservationPart,
      cost: costPart,
      detail: record({}, { durationMs: count, attempts: count, upstreamStatus: count, upstreamRequest: id, served: id }),
    },
  ),
  /** One entry stands for `count` refusals of the same kind between two times. */
  'identity.refused': entry(
    { detail: record({ code, count: integer(1), from: time, to: time }, { door: code, credential: id }) },
    {},
  ),
  'approval.requested': entry(
    {
      approval,
      detail: record(
        { decision: id, expiresAt: time, requestDigest: digest, shownDigest: digest },
        { gates: lists.ids, approvers: lists.ids, min: count },
      ),
    },
    {},
  ),
  /** One per vote; `state` is what the request became by it. */
  'approval.decided': entry(
    {
      approval,
      detail: record(
        { by: pseudonym, verdict: oneOf('approved', 'refused'), state: oneOf('open', 'approved', 'refused') },
        { shownDigest: digest, requestDigest: digest, gate: id, code },
      ),
    },
    {},
  ),
  'approval.expired': entry({ approval }, { detail: record({}, { code }) }),
  /** The price of a settled act was wrong: the difference, and the decision that it belongs to. */
  'charge.correction': entry(
    { detail: record({ decision: id, microUsd: signedCount, code }, { reservation: id, priceRevision: id }) },
    { cost: costPart },
  ),
  'budget.threshold': entry(
    {
      detail: record(
        { budget: longId, percent: count, spentMicroUsd: count, limitMicroUsd: count },
        { window: id, tokens: count, requests: count },
      ),
    },
    {},
  ),
  /** `promotions`: agents that rose a tier with it, `agent:from-to:approver`; the evidence is in the bundle. */
  'bundle.applied': entry(
    { detail: record({ revision: id }, { previous: id, by: pseudonym, code, key: id, promotions: lists.ids }) },
    {},
  ),
  'credential.issued': entry({ detail: credential }, {}),
  'credential.revoked': entry({ detail: credential }, {}),
  'kill.set': entry({ detail: kill }, {}),
  'kill.cleared': entry({ detail: kill }, {}),
  'break-glass.opened': entry({ detail: record({ breakGlass: id, by: pseudonym, code, expiresAt: time }, {}) }, {}),
  'break-glass.reviewed': entry(
    { detail: record({ breakGlass: id, by: pseudonym, verdict: oneOf('accepted', 'rejected') }, { code }) },
    {},
  ),
  erasure: entry({ detail: record({ digests: lists.digests, code }, { by: pseudonym, approvedBy: pseudonym, class: code }) }, {}),
  /** `size`: the checkpoint that was exported. */
  export: entry({ detail: record({ size: count }, { by: pseudonym, from: count, payloads: flag }) }, {}),
  'key.added': entry({ detail: record({ vkey: longId }, { replaces: id, by: pseudonym }) }, {}),
  'node.started': entry({}, { detail: record({}, { version: id, host: id }) }),
  'node.recovered': entry({ detail: record({ recovered: id, unknown: count }, {}) }, {}),
  'log.restored': entry({ detail: record({ origin: longId, size: count, root: digest, code }, {}) }, {}),
  /** Bodies of the entries before index `below`, a multiple of 256, are gone by retention; their hashes stay in the tree. */
  'log.pruned': entry({ detail: record({ below: count, code }, { by: pseudonym }) }, {}),
  'payload.read': entry({ principal, detail: record({ digest }, { decision: id, class: code, code }) }, {}),
  /** The class and the taints that stick to a task from now on: raised by a decision or its act, or lowered by a person. */
  'task.marked': entry({ task, detail: record({ class: code, taints: lists.codes, decision: id }, { by: pseudonym }) }, {}),
  'mandate.revoked': entry({ mandate }, { detail: record({}, { by: pseudonym, code }) }),
  /** A tool server offers something that nobody approved: `new`, `changed`, or approved once and `replaced` since. */
  'tool.quarantined': entry(
    { detail: record({ ...definition, code }, { tool: longId, previous: digest, findings: lists.codes }) },
    {},
  ),
  /** By a person, or by the bundle that carries the pin. */
  'tool.pinned': entry(
    { detail: record({ ...definition, code: oneOf('person', 'bundle') }, { tool: longId, by: pseudonym, decision: id }) },
    {},
  ),
  'tool.rejected': entry({ detail: record({ ...definition, by: pseudonym }, { tool: longId, decision: id }) }, {}),
  /** It was pinned, and the server does not offer it any more. */
  'tool.removed': entry({ detail: record({ ...definition }, { tool: longId }) }, {}),
  /** Something is remembered; `payloads` names it, and an `erasure` entry its end. */
  'memory.written': entry(
    {
      principal,
      payloads,
      detail: record({ memory: id, decision: id, scope: code, owner: longId, class: code, expiresAt: time }, {}),
    },
    {},
  ),
  /** A client says that a tool ran, and it was never asked about, or denied. Evidence of the client; who it was we know from its credential. */
  'client.finding': entry(
    { principal, detail: record({ finding: id, client: code, code, session: longId }, { call: longId, tool: longId }) },
    {},
  ),
  /**
   * One connection, or one request where the door sees them, under a decision that allowed it: `decision` and `grant` are that one's, and its outcome
   * comes when the run ends. `address` is the one that was dialled.
   */
  'connection.ended': entry(
    {
      principal,
      grant: id,
      detail: record(
        {
          decision: id,
          run: id,
          host: longId,
          port: count,
          rule: longId,
          mode: oneOf('plain', 'inspected', 'opaque', 'raw'),
          end: oneOf('done', 'failed', 'refused'),
          uploadBytes: count,
          downloadBytes: count,
          durationMs: count,
        },
        { code, address: id, method: code, status: count, credential: id },
      ),
    },
    {},
  ),
  /** A person lets a run, a task or a repository reach a host until then; by an approval of a request, or of their own accord. */
  'egress.granted': entry(
    {
      detail: record(
        { egressGrant: id, host: longId, scope: oneOf('run', 'task', 'repository'), of: longId, by: pseudonym, expiresAt: time },
        { methods: lists.codes, decision: id, approval: id },
      ),
    },
    {},
  ),
  'egress.revoked': entry({ detail: record({ egressGrant: id, host: longId, by: pseudonym }, { decision: id }) }, {}),
  /**
   * What auto-review made of an approval request: `codes` say why a person decides, `live` that its answer counted. Sealed is what people are to
   * decide without knowing.
   */
  'review.verdict': entry(
    {
      approval,
      detail: record(
        {
          class: longId,
          outcome: oneOf('approve', 'ask', 'sealed'),
          live: flag,
          codes: lists.codes,
          requestDigest: digest,
          shownDigest: digest,
        },
        { rationale: digest, sealed: digest },
      ),
    },
    {},
  ),
  /** A person's word on an answer of auto-review, given without knowing it, or after the fact. */
  'review.labelled': entry(
    { approval, detail: record({ class: longId, label: oneOf('right', 'wrong') }, { by: pseudonym, code }) },
    {},
  ),
  /** How far auto-review is trusted with a class from now on; counts are of people's words within the window. */
  'review.class': entry(
    {
      detail: record(
        { class: longId, state: oneOf('shadow', 'live', 'suspended'), right: count, wrong: count },
        { by: pseudonym, code },
      ),
    },
    {},
  ),
  /** A person let a client on a machine in; its calls are of the principal, under the mandate where one is named. */
  'device.authorized': entry({ principal, detail: record({ device: id, client: code, by: pseudonym, expiresAt: time }, {}) }, {}),
  /** Its calls are under another mandate from now on, or under none of their own. */
  'device.bound': entry({ principal, detail: record({ device: id, by: pseudonym }, {}) }, {}),
  /** `reuse`: a refresh token was used twice, so that it is in two hands. */
  'device.revoked': entry({ principal, detail: record({ device: id, client: code, by: pseudonym, code }, {}) }, {}),
  /** What a client showed of its version and settings changed: covered, outdated, unmanaged or stale. `subject`: device or credential. */
  'client.drift': entry({ detail: record({ subject: id, client: code, version: id, code }, {}) }, {}),
  /** What the probe found on a machine: ways around our controls that are open. `capped`: the agent does no more than read through that client. */
  'client.coverage': entry(
    { principal, detail: record({ client: code, version: id, capped: flag, uncovered: lists.ids, by: pseudonym }, {}) },
    {},
  ),
  'oracle.mismatch': entry(
    { detail: record({ revision: id }, { decision: id, requestDigest: digest, ours: code, oracle: code, code }) },
    {},
  ),
} as const satisfies Record<string, RecordShape<unknown>>;

export type EntryType = keyof typeof ENTRY_SHAPES;
type EntryOf<T extends EntryType> = Omit<ShapeType<(typeof ENTRY_SHAPES)[T]>, 'type'> & { readonly type: T };

/** An entry as it stands in the ledger; a union over `type`. */
export type LedgerEntry = { [T in EntryType]: EntryOf<T> }[EntryType];
/** An entry as its author writes it: the append path adds node, nodeSeq and nodePrev. */
export type EntryDraft = { [T in EntryType]: Omit<EntryOf<T>, 'node' | 'nodeSeq' | 'nodePrev'> }[EntryType];
