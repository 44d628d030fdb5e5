/** Reading the ledger: entries, the newest checkpoint, proofs, and an export that anyone can verify offline. */
import { Fault } from '@countersign/kernel/fault';
import { stream } from 'hono/streaming';
import type { ApiDeps } from '../deps.ts';
import { personCaller } from '../http/auth.ts';
import {
  idParams,
  json,
  jsonBody,
  LedgerIndex,
  limitOf,
  Name,
  newGroup,
  pageOf,
  posts,
  reads,
  Sentence,
  z,
} from '../http/group.ts';
import { Entry, entryView } from './entries.ts';

const ENTRIES_MAX = 1_000;
const NDJSON: string = 'application/x-ndjson';

const entries = reads(
  '/ledger/entries',
  { summary: 'Read entries in order' },
  {
    query: z.object({
      limit: limitOf(ENTRIES_MAX, 100),
      cursor: LedgerIndex.optional(),
    }),
  },
  json(pageOf(Entry), 'Entries from the cursor on; `nextCursor` is always there, for those who follow the ledger'),
);

const one = reads(
  '/ledger/entries/{id}',
  { summary: 'Read one entry', description: 'By index, entry id or decision id.' },
  { params: idParams },
  json(Entry, 'The entry'),
);

const Checkpoint = z.object({ checkpoint: z.string().nullable(), size: z.int(), verifierKey: z.string() }).openapi('Checkpoint');
const checkpoint = reads(
  '/ledger/checkpoint',
  { summary: 'Newest signed checkpoint' },
  {},
  json(Checkpoint, 'A signed note, and the key that it verifies with'),
);

const Proof = z.object({ seq: z.int(), proof: z.string(), verifierKey: z.string(), body: z.string() }).openapi('LedgerProof');
const proof = reads(
  '/ledger/entries/{id}/proof',
  { summary: 'Prove that an entry is in the ledger' },
  { params: idParams },
  json(Proof, 'A `.tlog-proof` against the newest checkpoint, and the entry'),
);

const exported = reads(
  '/ledger/export',
  {
    summary: 'Export the ledger',
    description:
      'One JSON document a line, `{path, base64}`, for each file; the last line is `{done: true, files}`: without it the export is not whole. With `from`, whole bundles of entries before it are left out. Goes through the road as `ledger.export`.',
  },
  { query: z.object({ from: z.coerce.number().int().min(0).default(0), payloads: z.enum(['true', 'false']).default('false') }) },
  { description: 'The files', content: { [NDJSON]: { schema: z.string() } } },
);

const erase = posts(
  '/payloads/erase',
  {
    summary: 'Erase payloads',
    description: 'By digest, or all of one subject. Goes through the road as `payload.erase`; proofs stay valid.',
  },
  {
    body: jsonBody(
      z.strictObject({
        digests: z
          .array(z.string().regex(/^[0-9a-f]{64}$/))
          .min(1)
          .max(100)
          .optional(),
        subject: Name.optional(),
        reason: Sentence,
      }),
    ),
  },
  { 200: json(z.object({ erased: z.array(z.string()) }), 'Digests that were erased') },
);

const payload = reads(
  '/payloads/{id}',
  {
    summary: 'Read a payload',
    description: 'By digest, with a reason. Goes through the road as `payload.read` and leaves an entry.',
  },
  { params: idParams, query: z.object({ reason: Sentence }) },
  json(
    z.object({
      state: z.enum(['present', 'erased', 'missing']),
      kind: z.string().nullable(),
      class: z.string().nullable(),
      base64: z.string().nullable(),
    }),
    'The payload, or what became of it',
  ),
);

/** @throws Fault ledger.not-found */
async function entryOf(deps: ApiDeps, id: string) {
  const bySeq = /^\d{1,15}$/.test(id)
    ? (await deps.ledger.read(deps.org, Number(id), 1))[0]
    : await deps.ledger.find(deps.org, id);
  if (bySeq === undefined || (/^\d+$/.test(id) && bySeq.seq !== Number(id)))
    throw new Fault('ledger.not-found', 'The ledger has no such entry.');
  return bySeq;
}

export function ledgerRoutes(deps: ApiDeps) {
  const group = newGroup();
  group.openapi(entries, async (c) => {
    personCaller(c);
    const { limit, cursor } = c.req.valid('query');
    const from = Number(cursor ?? 0);
    const rows = await deps.ledger.read(deps.org, from, limit);
    return c.json(
      { data: rows.map(entryView), nextCursor: String(rows.at(-1) === undefined ? from : (rows.at(-1)?.seq ?? 0) + 1) },
      200,
    );
  });
  group.openapi(proof, async (c) => {
    personCaller(c);
    const { seq, body } = await entryOf(deps, c.req.valid('param').id);
    const text = await deps.ledger.prove(deps.org, seq);
    return c.json({ seq, proof: text, verifierKey: deps.ledger.verifierKey(), body: Buffer.from(body).toString('base64') }, 200);
  });
  group.openapi(one, async (c) => {
    personCaller(c);
    return c.json(entryView(await entryOf(deps, c.req.valid('param').id)), 200);
  });
  group.openapi(checkpoint, async (c) => {
    personCaller(c);
    const [note, size] = await Promise.all([deps.ledger.checkpoint(deps.org), deps.ledger.size(deps.org)]);
    return c.json({ checkpoint: note ?? null, size, verifierKey: deps.ledger.verifierKey() }, 200);
  });
  group.openapi(exported, async (c) => {
    const person = personCaller(c);
    const { from, payloads } = c.req.valid('query');
    const files = deps.exports.files(person, { from, payloads: payloads === 'true' })[Symbol.asyncIterator]();
    // The first file is awaited before the head is sent, so that a denial is still a problem document.
    let next = await files.next();
    c.header('content-type', NDJSON);
    return stream(
      c,
      async (out) => {
        let count = 0;
        for (; next.done !== true && !out.aborted; next = await files.next(), count++) {
          const { path, bytes } = next.value;
          await out.write(`${JSON.stringify({ path, base64: Buffer.from(bytes).toString('base64') })}\n`);
        }
        if (!out.aborted) await out.write(`${JSON.stringify({ done: true, files: count })}\n`);
        else await files.return?.();
      },
      async (error) => deps.log.error('api.export', { requestId: c.get('requestId'), internal: error.message }),
    );
  });
  group.openapi(erase, async (c) => {
    const person = personCaller(c);
    const { digests, subject, reason } = c.req.valid('json');
    if ((digests === undefined) === (subject === undefined))
      throw new Fault('request.invalid', 'Name either `digests` or a `subject`.');
    const erased = await deps.payloads.erase(person, digests === undefined ? { subject: subject ?? '' } : { digests }, reason);
    return c.json({ erased: [...erased] }, 200);
  });
  group.openapi(payload, async (c) => {
    const answer = await deps.payloads.read(personCaller(c), c.req.valid('param').id, c.req.valid('query').reason);
    if (answer.state !== 'present') return c.json({ state: answer.state, kind: null, class: null, base64: null }, 200);
    return c.json(
      { state: answer.state, kind: answer.kind, class: answer.class, base64: Buffer.from(answer.bytes).toString('base64') },
      200,
    );
  });
  return group;
}
