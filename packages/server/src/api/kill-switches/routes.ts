/** Kill switches: everything, a team, or an agent stops within two seconds on every node. */
import { Fault } from '@countersign/kernel/fault';
import { isoTime } from '../../ports/clock.ts';
import type { KillSwitch, KillTarget } from '../../ports/identity.ts';
import type { ApiDeps } from '../deps.ts';
import { adminCaller, groupCaller, personCaller } from '../http/auth.ts';
import {
  createRoute,
  dry,
  DryRun,
  dryRunQuery,
  json,
  Name,
  newGroup,
  pageOf,
  problems,
  reads,
  reasonBody,
  Sentence,
  Time,
  z,
} from '../http/group.ts';

const KillDoc = z
  .object({
    kind: z.enum(['all', 'team', 'agent']),
    id: z.string().nullable(),
    reason: z.string(),
    setBy: z.string(),
    setAt: Time,
  })
  .openapi('KillSwitch');
const Target = z
  .string()
  .regex(/^(?:all|(?:team|agent):[\x21-\x7e]{1,256})$/, 'must be `all`, `team:<id>` or `agent:<id>`')
  .openapi({ example: 'agent:ci-fix-editor-prod' });
const params = z.object({ target: Target });

const list = reads('/kill-switches', { summary: 'List kill switches' }, {}, json(pageOf(KillDoc), 'Switches that are on'));

const set = createRoute({
  method: 'put',
  path: '/kill-switches/{target}',
  summary: 'Stop an agent, a team, or everything',
  description: 'By an administrator; for one agent also by the group that answers for it.',
  request: { params, query: dryRunQuery, body: reasonBody },
  responses: { 200: json(z.union([KillDoc, DryRun]), 'The switch, on'), ...problems },
});

const clear = createRoute({
  method: 'delete',
  path: '/kill-switches/{target}',
  summary: 'Let it go on',
  description: 'By an administrator.',
  request: { params, query: dryRunQuery.extend({ reason: Name.or(Sentence) }) },
  responses: { 200: json(DryRun, 'What would be done'), 204: { description: 'The switch is off' }, ...problems },
});

function targetOf(text: string): KillTarget {
  const [kind, ...rest] = text.split(':');
  if (kind === 'all') return { kind };
  return { kind: kind === 'team' ? 'team' : 'agent', id: rest.join(':') };
}

const nameOf = (target: KillTarget) => (target.kind === 'all' ? 'all' : `${target.kind}:${target.id}`);

function view({ target, reason, setBy, setAt }: KillSwitch): z.infer<typeof KillDoc> {
  return { kind: target.kind, id: target.kind === 'all' ? null : target.id, reason, setBy, setAt };
}

export function killSwitchRoutes(deps: ApiDeps) {
  const group = newGroup();
  group.openapi(list, async (c) => {
    personCaller(c);
    return c.json({ data: (await deps.identity.kills(deps.org)).map(view) }, 200);
  });
  group.openapi(set, async (c) => {
    const target = targetOf(c.req.valid('param').target);
    const snapshot = deps.snapshots.current();
    const person = target.kind === 'agent' ? groupCaller(c, snapshot?.agents.get(target.id)?.approvalGroup) : adminCaller(c);
    const known =
      target.kind === 'all' ||
      snapshot === undefined ||
      (target.kind === 'team' ? snapshot.settings.teams.includes(target.id) : snapshot.agents.has(target.id));
    // A misspelt name would stop nothing and look as if it did.
    if (!known) throw new Fault('request.unknown-entity', `The bundle in force has no such ${target.kind}.`);
    if (c.req.valid('query').dryRun === 'true') return c.json(dry(`stop ${c.req.valid('param').target}`), 200);
    const kill: KillSwitch = { target, reason: c.req.valid('json').reason, setBy: person.id, setAt: isoTime(deps.clock.now()) };
    await deps.identity.setKill(deps.org, kill);
    return c.json(view(kill), 200);
  });
  group.openapi(clear, async (c) => {
    const person = adminCaller(c);
    const { target } = c.req.valid('param');
    const { dryRun, reason } = c.req.valid('query');
    const wanted = targetOf(target);
    const kills = await deps.identity.kills(deps.org);
    if (!kills.some((kill) => nameOf(kill.target) === target)) throw new Fault('request.not-found', 'This switch is not on.');
    if (dryRun === 'true') return c.json(dry(`clear the kill switch of ${target}`), 200);
    await deps.identity.clearKill(deps.org, wanted, person.id, reason);
    return c.body(null, 204);
  });
  return group;
}
