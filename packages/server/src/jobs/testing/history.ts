/** A recorded history in memory: real entries, sealed by the kernel, and real payloads with blinded digests. */
import { randomBytes } from 'node:crypto';
import type { ActionRequest, Facts } from '@countersign/kernel/action';
import { decide, type Decision } from '@countersign/kernel/decide';
import { canonicalize, type EntryDraft, type PayloadRef, sealEntry } from '@countersign/kernel/ledger';
import type { Json } from '@countersign/kernel/json';
import type { PayloadAnswer } from '../../ports/ledger.ts';
import type { BundleSnapshot } from '../../ports/registry.ts';
import { sha256Hex } from '../../govern/hash.ts';
import type { LedgerSource } from '../recorded.ts';

const sha256 = (bytes: Uint8Array): Uint8Array => Buffer.from(sha256Hex(bytes), 'hex');

export interface Ask {
  readonly request: ActionRequest;
  readonly facts: Facts;
  /** What the road said instead of the kernel. */
  readonly overrule?: string;
  /** Micro-USD of the outcome that follows. */
  readonly cost?: number;
  /** Leave the kernel's whole answer out of the payload. */
  readonly bare?: boolean;
}

export class History {
  readonly bodies: Uint8Array[] = [];
  readonly payloads = new Map<string, PayloadAnswer>();
  #previous: string | null = null;

  constructor() {
    this.#append({ ...this.#envelope(), type: 'node.started' });
  }

  source(): LedgerSource {
    return {
      org: 'example',
      ledger: {
        size: () => Promise.resolve(this.bodies.length),
        read: (_org, from, limit) =>
          Promise.resolve(this.bodies.slice(from, from + limit).map((body, index) => ({ seq: from + index, body }))),
      },
      payloads: { payload: (_org, digest) => Promise.resolve(this.payloads.get(digest) ?? { state: 'missing' }) },
    };
  }

  /** @returns the decision id */
  decided(snapshot: BundleSnapshot, ask: Ask): string {
    const { request, overrule, cost } = ask;
    // As the road records them: both members are always there.
    const facts = { context: ask.facts.context, entities: ask.facts.entities ?? [] };
    const decision = decide(snapshot.compiled, facts, request);
    const id = `dec_${this.bodies.length}`;
    const evaluated = { ...(ask.bare === true ? {} : { decision }), facts, request };
    const ref = this.#payload(canonicalize(evaluated as unknown as Json));
    const factsDigest = sha256Hex(canonicalize(facts as unknown as Json));
    this.#append(this.#decision(id, decision, { ask, ref, factsDigest }));
    if (cost !== undefined && overrule === undefined) {
      const tokens = {
        inputTokens: 1,
        cacheReadTokens: 0,
        cacheWrite5mTokens: 0,
        cacheWrite1hTokens: 0,
        outputTokens: 1,
        reasoningTokens: 0,
      };
      this.#append({
        ...this.#envelope(),
        type: 'outcome',
        outcome: { decision: id, status: 'done' },
        cost: { microUsd: cost, ...tokens, usage: 'provider', priceRevision: 'catalogue-2026-11-21' },
      });
    }
    return id;
  }

  #decision(
    id: string,
    decision: Decision,
    { ask, ref, factsDigest }: { ask: Ask; ref: PayloadRef; factsDigest: string },
  ): EntryDraft {
    const { request, overrule } = ask;
    const recorded =
      overrule === undefined
        ? decision
        : { ...decision, answer: 'deny' as const, code: overrule, reasons: [], policies: [], gates: [], obligations: [] };
    return {
      ...this.#envelope(),
      type: 'decision',
      principal: request.principal.id,
      onBehalfOf: 'lin',
      team: 'payments',
      repository: 'payments',
      action: request.action,
      resource: `${request.resource.type.split('::').pop()}:${request.resource.id}`,
      decision: {
        id,
        answer: recorded.answer,
        code: recorded.code,
        reasons: recorded.reasons.map(({ code, policy }) => (policy === undefined ? { code } : { code, policy })),
        policies: [...recorded.policies],
        obligations: [...recorded.obligations],
        gates: recorded.gates.map(({ gate }) => gate),
        shadow: decision.shadow.map(({ policy, effect }) => ({ policy, effect })),
        revision: decision.revision,
        requestDigest: sha256Hex(canonicalize(request as unknown as Json)),
        factsDigest,
      },
      payloads: [ref],
    };
  }

  #payload(text: string): PayloadRef {
    const bytes = Buffer.from(text);
    const blind = randomBytes(32);
    const digest = sha256Hex(Buffer.concat([blind, bytes]));
    this.payloads.set(digest, { state: 'present', kind: 'facts', class: 'internal', blind, bytes });
    return { digest, bytes: bytes.length, class: 'internal', kind: 'facts' };
  }

  #envelope() {
    const number = this.bodies.length.toString(16).padStart(12, '0');
    return { v: 1 as const, org: 'example', id: `019aa000-0000-7000-8000-${number}`, ts: '2026-11-24T10:00:00.000Z' };
  }

  #append(draft: EntryDraft): void {
    const sealed = sealEntry(draft, { node: 'node_1', nodeSeq: this.bodies.length, nodePrev: this.#previous }, sha256);
    this.bodies.push(sealed.bytes);
    this.#previous = Buffer.from(sealed.leaf).toString('hex');
  }
}
