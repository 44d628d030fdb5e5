/** An honest little history to try the verifier on: every entry type's relations, several nodes, erasures, approvals, corrections. */
import { type EntryDraft, hexEncode, payloadDigest, type SealedEntry, sealEntry } from '@countersign/kernel/ledger';
import { sha256 } from '../sha256.ts';

export interface SampleLedger {
  readonly entries: readonly SealedEntry[];
  /** By digest: blind and payload. */
  readonly payloads: ReadonlyMap<string, Uint8Array>;
}

export interface SampleShape {
  /** Number of acts: each leaves a decision and an outcome, and every few acts something more. */
  readonly acts: number;
  /** Different seeds give different histories. */
  readonly seed: number;
  /** Every act has a payload of this many bytes; 0 for none. */
  readonly payloadBytes?: number;
  /** Whether the bodies before this index, a multiple of 256, are recorded as pruned. */
  readonly prunedBelow?: number;
}

type Draft = EntryDraft extends infer T ? (T extends EntryDraft ? Omit<T, 'v' | 'org' | 'id' | 'ts'> : never) : never;

const T0 = Date.UTC(2026, 0, 5);
const NODES = 3;

class Author {
  readonly #seed: number;
  readonly #chains: { node: string; nodeSeq: number; nodePrev: string | null }[];
  readonly entries: SealedEntry[] = [];
  readonly payloads = new Map<string, Uint8Array>();

  constructor(seed: number) {
    this.#seed = seed;
    this.#chains = Array.from({ length: NODES }, (_, n) => ({ node: `nod_${seed}_${n}`, nodeSeq: 0, nodePrev: null }));
    for (let n = 0; n < NODES; n++) this.write({ type: 'node.started', detail: { version: '0.1.0' } }, n);
  }

  write(draft: Draft, node = this.entries.length % NODES): void {
    const chain = this.#chains[node % NODES];
    if (chain === undefined) return;
    const index = this.entries.length;
    const id = `01930000-${hex(this.#seed % 65_536, 4)}-7000-8000-${hex(index, 12)}`;
    const ts = new Date(T0 + index * 7).toISOString();
    const sealed = sealEntry({ v: 1, org: 'org_sample', id, ts, ...draft }, chain, sha256);
    this.entries.push(sealed);
    chain.nodeSeq++;
    chain.nodePrev = hexEncode(sealed.leaf);
  }

  /** Stored blind and payload, both from the seed, so that the sample is the same each time. */
  payload(act: number, bytes: number): string {
    const blind = sha256(Buffer.from(`blind ${this.#seed} ${act}`));
    const payload = Buffer.alloc(bytes, `words of act ${act} `);
    const digest = payloadDigest(blind, payload, sha256);
    this.payloads.set(digest, Buffer.concat([blind, payload]));
    return digest;
  }
}

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');
const digestOf = (text: string): string => hexEncode(sha256(Buffer.from(text)));

const cost = (microUsd: number) =>
  ({
    microUsd,
    inputTokens: 1_200,
    cacheReadTokens: 800,
    cacheWrite5mTokens: 0,
    cacheWrite1hTokens: 0,
    outputTokens: 310,
    reasoningTokens: 0,
    usage: 'provider',
    priceRevision: 'prices-2026-01',
  }) as const;

const decision = (id: string, answer: 'allow' | 'requireApproval' | 'deny') => ({
  id,
  answer,
  code: answer === 'allow' ? 'ok' : answer === 'deny' ? 'limit.data-class' : 'approval.required',
  reasons: [{ code: answer === 'deny' ? 'limit.data-class' : 'ok', policy: 'policies/20-limits.cedar:7#limit.data-class' }],
  policies: ['access.models.editors', 'limit.data-class'],
  obligations: answer === 'allow' ? ['record.payload'] : [],
  gates: answer === 'requireApproval' ? ['code-owner'] : [],
  shadow: [{ policy: 'limit.next-quarter', effect: 'wouldDeny' }],
  revision: digestOf('bundle').slice(0, 40),
  requestDigest: digestOf(`request ${id}`),
  factsDigest: digestOf(`facts ${id}`),
});

const subject = {
  principal: 'Countersign::Agent::"mender"',
  onBehalfOf: 'usr_7f3a',
  mandate: 'mdt_42',
  task: 'tsk_42',
  ticket: 'PAY-1042',
  action: 'model.call',
  class: 'read',
  resource: 'Countersign::Model::"small-coder"',
  team: 'team_payments',
  environment: 'production',
} as const;

function act(author: Author, n: number, seed: number, payloadBytes: number): void {
  const id = `dec_${seed}_${n}`;
  if (n % 11 === 5) return author.write({ type: 'decision', ...subject, decision: decision(id, 'deny') });
  const asks = n % 13 === 7;
  if (asks) ask(author, n, seed);
  const reservation = { id: `res_${seed}_${n}`, microUsd: 5_000, tokens: 4_096, requests: 1 };
  const grant = `gra_${seed}_${n}`;
  const payloads =
    payloadBytes === 0
      ? {}
      : { payloads: [{ digest: author.payload(n, payloadBytes), bytes: payloadBytes, class: 'internal', kind: 'request' }] };
  const approval = asks ? { approval: `apr_${seed}_${n}` } : {};
  author.write({ type: 'decision', ...subject, ...approval, ...payloads, decision: decision(id, 'allow'), grant, reservation });
  if (n % 17 === 3) return;
  if (n % 7 === 2) connect(author, id, grant);
  const settled = { grant, reservation, ...subject };
  if (n % 19 === 9) author.write({ type: 'outcome', ...settled, outcome: { decision: id, status: 'unknown' } });
  author.write({
    type: 'outcome',
    ...settled,
    outcome: { decision: id, status: 'done' },
    cost: cost(n % 23 === 1 ? 5_600 : 4_100),
  });
  if (n % 23 === 1) author.write({ type: 'charge.correction', detail: { decision: id, microUsd: 600, code: 'usage.late' } });
}

/** What a decision of the network door leaves before its outcome. */
function connect(author: Author, decided: string, grant: string): void {
  for (const uploadBytes of [310, 290])
    author.write({
      type: 'connection.ended',
      principal: subject.principal,
      grant,
      detail: {
        ...{ decision: decided, run: 'run_42', host: 'registry.example', port: 443, rule: 'packages/index', mode: 'inspected' },
        ...{ end: 'done', uploadBytes, downloadBytes: 48_000, durationMs: 41, method: 'GET', status: 200 },
      },
    });
}

function ask(author: Author, n: number, seed: number): void {
  const id = `dec_${seed}_${n}_ask`;
  const approval = `apr_${seed}_${n}`;
  const shownDigest = digestOf(`shown ${n}`);
  author.write({ type: 'decision', ...subject, approval, decision: decision(id, 'requireApproval') });
  const expiresAt = new Date(T0 + 3_600_000).toISOString();
  author.write({
    type: 'approval.requested',
    approval,
    detail: { decision: id, expiresAt, requestDigest: digestOf(`request ${id}`), shownDigest },
  });
  author.write({
    type: 'approval.decided',
    approval,
    detail: { by: 'usr_91bc', verdict: 'approved', state: 'approved', shownDigest },
  });
}

/** An honest ledger of about 2.3 entries per act. */
export function sampleLedger({ acts, seed, payloadBytes = 0, prunedBelow }: SampleShape): SampleLedger {
  const author = new Author(seed);
  author.write({ type: 'task.admitted', principal: subject.principal, mandate: 'mdt_42', task: 'tsk_42' });
  for (let n = 0; n < acts; n++) act(author, n, seed, payloadBytes);
  const [first] = author.payloads.keys();
  if (first !== undefined) {
    author.payloads.delete(first);
    author.write({ type: 'erasure', detail: { digests: [first], code: 'subject.request', by: 'usr_5511' } });
  }
  author.write({ type: 'bundle.applied', detail: { revision: 'rev_2', previous: 'rev_1' } }, 0);
  author.write({ type: 'key.added', detail: { vkey: `sample.example/log+00000000+${'A'.repeat(44)}` } }, 0);
  // Two entries of one node in the other order: two of its batches were in flight.
  author.entries.splice(-2, 2, ...author.entries.slice(-2).reverse());
  if (prunedBelow !== undefined) author.write({ type: 'log.pruned', detail: { below: prunedBelow, code: 'retention' } });
  return { entries: author.entries, payloads: author.payloads };
}
