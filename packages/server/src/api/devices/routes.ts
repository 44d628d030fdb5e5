/** Devices on which clients are signed in, sign-ins that wait for a person, what was seen of clients, and the files that they should have. */
import { Fault } from '@countersign/kernel/fault';
import { CLIENT_NAMES } from '../../ports/clients.ts';
import type { DeviceRecord } from '../../ports/devices.ts';
import type { ApiDeps } from '../deps.ts';
import { groupCaller, personCaller } from '../http/auth.ts';
import {
  changes,
  createRoute,
  creates,
  dry,
  DryRun,
  dryRunQuery,
  idParams,
  json,
  jsonBody,
  Name,
  newGroup,
  pageAsk,
  pageOf,
  pageQuery,
  pageView,
  posts,
  problems,
  reads,
  reasonBody,
  z,
} from '../http/group.ts';
import { admissible, type Admission, authorizeDevice, checkMandate, codeOf, waitingLogin } from './authorize.ts';
import { AdmitDevice, DeviceDoc, deviceView, FilesDoc, LoginDoc, loginView, SightingDoc } from './schema.ts';

const codeParams = z.object({ code: Name });

const login = reads(
  '/device-logins/{code}',
  { summary: 'Read a sign-in that waits' },
  { params: codeParams },
  json(LoginDoc, 'The client that asks'),
);

const approve = creates(
  '/device-logins/{code}/approve',
  {
    summary: 'Let a client on a machine in',
    description: 'By an administrator or the group that answers for the agent. Compare the code with the one on that machine.',
  },
  { params: codeParams, body: jsonBody(AdmitDevice) },
  json(DeviceDoc, 'The device'),
);

const refuse = posts(
  '/device-logins/{code}/refuse',
  { summary: 'Refuse a sign-in' },
  { params: codeParams, query: dryRunQuery },
  { 200: json(DryRun, 'What would be done'), 204: { description: 'It is refused' } },
);

const list = reads(
  '/devices',
  { summary: 'List devices' },
  { query: pageQuery },
  json(pageOf(DeviceDoc), 'Devices, newest first'),
);

const one = reads('/devices/{id}', { summary: 'Read a device' }, { params: idParams }, json(DeviceDoc, 'The device'));

const revoke = changes(
  '/devices/{id}/revoke',
  {
    summary: 'Revoke a device',
    description:
      'In force at every door within two seconds. By an administrator, the group that answers for the agent, or the person it acts for.',
  },
  { params: idParams, body: reasonBody },
  json(DeviceDoc, 'The device, revoked'),
);

const bind = createRoute({
  method: 'put',
  path: '/devices/{id}/mandate',
  summary: 'Name the mandate of a device',
  description: 'Every call of the device is under it from now on; null: the client names one itself.',
  request: { params: idParams, query: dryRunQuery, body: jsonBody(z.strictObject({ mandate: Name.nullable() })) },
  responses: { 200: json(z.union([DeviceDoc, DryRun]), 'The device'), ...problems },
});

const sightings = reads(
  '/clients',
  { summary: 'List what was seen of clients' },
  {},
  json(pageOf(SightingDoc), 'By device or credential, newest first'),
);

const files = reads(
  '/clients/{client}/files',
  { summary: 'The files that a client should have' },
  {
    params: z.object({ client: z.enum(CLIENT_NAMES) }),
    query: z.object({
      profile: z.enum(['true', 'false']).optional(),
      signIn: z.enum(['true', 'false']).optional(),
      configServer: z.url().max(500).optional(),
      present: z.string().max(10_000).optional().openapi({ description: 'Paths that are there, a line each' }),
    }),
  },
  json(FilesDoc, 'Names and texts'),
);

/** @throws Fault request.not-found */
async function deviceOf(deps: ApiDeps, id: string): Promise<DeviceRecord> {
  const device = await deps.devices.find(deps.org, id);
  if (device === undefined) throw new Fault('request.not-found', 'There is no such device.');
  return device;
}

const admissionOf = (code: string, body: z.infer<typeof AdmitDevice>): Admission => ({
  userCode: code,
  agent: body.agent,
  mandate: body.mandate ?? null,
  onBehalfOf: body.onBehalfOf ?? null,
  label: body.label ?? null,
});

export function deviceRoutes(deps: ApiDeps) {
  const group = newGroup();
  const approvers = (agent: string) => deps.snapshots.current()?.agents.get(agent)?.approvalGroup;
  const seen = () => deps.devices.sightings(deps.org);
  group.openapi(login, async (c) => {
    personCaller(c);
    return c.json(loginView(await waitingLogin(deps, c.req.valid('param').code)), 200);
  });
  group.openapi(approve, async (c) => {
    const person = personCaller(c);
    const asked = admissionOf(c.req.valid('param').code, c.req.valid('json'));
    if (c.req.valid('query').dryRun === 'true') {
      const { client, agent, onBehalfOf } = await admissible(deps, person, asked);
      return c.json(dry(`let ${client} in as ${agent}, on behalf of ${onBehalfOf}`), 200);
    }
    return c.json(deviceView(await authorizeDevice(deps, person, asked), []), 201);
  });
  group.openapi(refuse, async (c) => {
    personCaller(c);
    const { userCode, client } = await waitingLogin(deps, c.req.valid('param').code);
    if (c.req.valid('query').dryRun === 'true') return c.json(dry(`refuse the sign-in of ${client}`), 200);
    await deps.devices.refuse(deps.org, codeOf(userCode) ?? userCode);
    return c.body(null, 204);
  });
  group.openapi(list, async (c) => {
    personCaller(c);
    const [page, shown] = await Promise.all([deps.devices.list(deps.org, pageAsk(c.req.valid('query'))), seen()]);
    return c.json(
      pageView(page, (device) => deviceView(device, shown)),
      200,
    );
  });
  group.openapi(one, async (c) => {
    personCaller(c);
    return c.json(deviceView(await deviceOf(deps, c.req.valid('param').id), await seen()), 200);
  });
  group.openapi(revoke, async (c) => {
    const { id } = c.req.valid('param');
    const device = await deviceOf(deps, id);
    const person = personCaller(c).id === device.onBehalfOf ? personCaller(c) : groupCaller(c, approvers(device.agent));
    if (c.req.valid('query').dryRun === 'true') return c.json(dry(`revoke the device ${id}`), 200);
    return c.json(deviceView(await deps.devices.revoke(deps.org, id, person.id, c.req.valid('json').reason), await seen()), 200);
  });
  group.openapi(bind, async (c) => {
    const { id } = c.req.valid('param');
    const { mandate } = c.req.valid('json');
    const device = await deviceOf(deps, id);
    const person = groupCaller(c, approvers(device.agent));
    if (mandate !== null) await checkMandate(deps, mandate, device.agent);
    if (c.req.valid('query').dryRun === 'true') return c.json(dry(`put the device ${id} under ${mandate ?? 'no mandate'}`), 200);
    return c.json(deviceView(await deps.devices.bind(deps.org, id, mandate, person.id), await seen()), 200);
  });
  group.openapi(sightings, async (c) => {
    personCaller(c);
    return c.json({ data: (await seen()).map((each) => ({ ...each })) }, 200);
  });
  group.openapi(files, async (c) => {
    personCaller(c);
    const { client } = c.req.valid('param');
    const { profile, signIn, configServer, present } = c.req.valid('query');
    const made = deps.clientFiles.files(client, {
      profile: profile === 'true',
      signIn: signIn === 'true',
      ...(present === undefined ? {} : { present: present.split('\n') }),
      ...(configServer === undefined ? {} : { configServer }),
    });
    if (made === undefined) throw new Fault('request.not-found', `The bundle in force does not manage ${client}.`);
    const settings = deps.snapshots.current()?.settings.clients;
    const paths = [...(settings?.readOnlyPaths ?? []), ...(settings?.deniedPaths ?? [])];
    return c.json({ client, files: made.map((file) => ({ ...file })), paths }, 200);
  });
  return group;
}
