import { CLIENT_NAMES, SIGHTING_STATES } from '../../ports/clients.ts';
import type { DeviceLogin, DeviceRecord, Sighting } from '../../ports/devices.ts';
import { Name, Time, z } from '../http/group.ts';

export const DeviceDoc = z
  .object({
    id: z.string(),
    client: z.enum(CLIENT_NAMES),
    agent: z.string(),
    mandate: z.string().nullable(),
    onBehalfOf: z.string(),
    label: z.string(),
    authorizedBy: z.string(),
    createdAt: Time,
    expiresAt: Time,
    revokedAt: Time.nullable(),
    seenAt: Time.nullable(),
    version: z.string().nullable().openapi({ description: 'As the client showed it last' }),
    state: z.enum([...SIGHTING_STATES, 'unseen']).openapi({ description: 'What its last call showed of version and settings' }),
  })
  .openapi('Device');

export function deviceView(device: DeviceRecord, sightings: readonly Sighting[]): z.infer<typeof DeviceDoc> {
  const { org: _org, ...rest } = device;
  const seen = sightings.find(({ subject }) => subject === device.id);
  return { ...rest, version: seen?.version ?? null, state: seen?.state ?? 'unseen' };
}

export const LoginDoc = z
  .object({ userCode: z.string(), client: z.enum(CLIENT_NAMES), userAgent: z.string(), createdAt: Time, expiresAt: Time })
  .openapi('DeviceLogin');

export const loginView = ({ userCode, client, userAgent, createdAt, expiresAt }: DeviceLogin): z.infer<typeof LoginDoc> => ({
  userCode,
  client,
  userAgent,
  createdAt,
  expiresAt,
});

export const SightingDoc = z
  .object({
    subject: z.string().openapi({ description: 'Device, or credential where there is no device' }),
    client: z.enum(CLIENT_NAMES),
    version: z.string(),
    state: z.enum(SIGHTING_STATES),
    since: Time,
    seenAt: Time,
  })
  .openapi('ClientSighting');

export const AdmitDevice = z
  .strictObject({
    agent: Name,
    mandate: Name.optional(),
    onBehalfOf: Name.optional().openapi({ description: 'Person it acts for; the caller, when absent' }),
    label: z.string().trim().min(1).max(200).optional(),
  })
  .openapi('AdmitDevice');

export const FilesDoc = z
  .object({
    client: z.enum(CLIENT_NAMES),
    files: z.array(z.object({ name: z.string(), text: z.string() })),
    paths: z.array(z.string()).openapi({ description: 'Paths below a work tree that the bundle protects' }),
  })
  .openapi('ClientFiles');
