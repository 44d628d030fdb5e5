/** What agents remember, for people: where and whose without further ado, what it says with a reason and on record. */
import { Fault } from '@countersign/kernel/fault';
import type { MemoryRecord } from '../../ports/memory.ts';
import { DATA_CLASSES, MEMORY_SCOPES, TAINTS } from '../../ports/registry.ts';
import type { ApiDeps } from '../deps.ts';
import { personCaller } from '../http/auth.ts';
import {
  codeLike,
  createRoute,
  dry,
  DryRun,
  dryRunQuery,
  idParams,
  json,
  Name,
  newGroup,
  pageAsk,
  pageOf,
  pageQuery,
  pageView,
  problems,
  reads,
  Sentence,
  Time,
  z,
} from '../http/group.ts';

const members = {
  id: z.string(),
  scope: z.enum(MEMORY_SCOPES),
  owner: z.string(),
  agent: z.string(),
  subject: z.string(),
  class: z.enum(DATA_CLASSES),
  taints: z.array(z.enum(TAINTS)),
  bytes: z.int(),
  digest: z.string(),
  decision: z.string(),
  createdAt: Time,
  expiresAt: Time,
};
const MemoryDoc = z.object(members).openapi('Memory');
const MemoryText = z.object({ ...members, text: z.string(), tags: z.array(z.string()) }).openapi('MemoryText');

const list = reads(
  '/memories',
  { summary: 'List memories', description: 'Without what they say, newest first.' },
  {
    query: pageQuery.extend({
      scope: z.enum(MEMORY_SCOPES).optional(),
      owner: Name.optional(),
      agent: Name.optional(),
      subject: Name.optional(),
    }),
  },
  json(pageOf(MemoryDoc), 'Memories that have not ended'),
);

const one = reads(
  '/memories/{id}',
  { summary: 'Read a memory', description: 'With a reason. Goes through the road as `payload.read`.' },
  { params: idParams, query: z.object({ reason: Sentence }) },
  json(MemoryText, 'The memory'),
);

const forget = createRoute({
  method: 'delete',
  path: '/memories/{id}',
  summary: 'Erase a memory',
  description:
    'The reason is a code, such as `subject.request`. Goes through the road as `payload.erase`; the ledger keeps that there was something.',
  request: {
    params: idParams,
    query: dryRunQuery.extend({
      reason: codeLike('subject.request'),
    }),
  },
  responses: { 200: json(DryRun, 'What would be done'), 204: { description: 'It is erased' }, ...problems },
});

const view = ({ dataClass, taints, ...rest }: MemoryRecord): z.infer<typeof MemoryDoc> => ({
  ...rest,
  class: dataClass,
  taints: [...taints],
});

const missing = () => new Fault('request.not-found', 'There is no such memory, or none any more.');

export function memoryRoutes(deps: ApiDeps) {
  const group = newGroup();
  group.openapi(list, async (c) => {
    personCaller(c);
    const { scope, owner, agent, subject, ...query } = c.req.valid('query');
    const page = await deps.memories.list({
      ...pageAsk(query),
      ...(scope === undefined ? {} : { scope }),
      ...(owner === undefined ? {} : { owner }),
      ...(agent === undefined ? {} : { agent }),
      ...(subject === undefined ? {} : { subject }),
    });
    return c.json(pageView(page, view), 200);
  });
  group.openapi(one, async (c) => {
    const memory = await deps.memories.read(personCaller(c), c.req.valid('param').id, c.req.valid('query').reason);
    if (memory === undefined) throw missing();
    const { text, tags, ...record } = memory;
    return c.json({ ...view(record), text, tags: [...tags] }, 200);
  });
  group.openapi(forget, async (c) => {
    const person = personCaller(c);
    const { id } = c.req.valid('param');
    const { reason, dryRun } = c.req.valid('query');
    const record = await deps.memories.find(id);
    if (record === undefined) throw missing();
    if (dryRun === 'true')
      return c.json(dry(`erase ${id}, which ${record.agent} wrote for ${record.scope} ${record.owner}`), 200);
    if ((await deps.memories.forget(person, record, reason)) === 0) throw missing();
    return c.body(null, 204);
  });
  return group;
}
