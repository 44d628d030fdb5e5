/** Devices in memory, with the rules of the store that the API leans on. For tests only. */
import { Fault } from '@countersign/kernel/fault';
import type { ClientFilesSource } from '../../ports/clients.ts';
import type { DeviceLogin, DeviceRecord, DeviceStore } from '../../ports/devices.ts';
import type { World } from '../../govern/testing/world.ts';

export function devicesOf(world: World): DeviceStore {
  const logins = new Map<string, DeviceLogin>();
  const devices = new Map<string, DeviceRecord & { refresh?: string; path: string }>();
  const owners = new Map<string, string>();
  const at = () => new Date(world.nowMs).toISOString();
  const isLive = (device: DeviceRecord) => device.revokedAt === null && Date.parse(device.expiresAt) > world.nowMs;
  const find = (id: string) => {
    const device = devices.get(id);
    if (device === undefined) throw new Fault('request.not-found', 'There is no such device.');
    return device;
  };
  const give = (id: string, draft: { access: { id: string }; refreshHash: string }) => {
    devices.set(id, { ...find(id), refresh: draft.refreshHash });
    world.credentials.set(draft.access.id, { ...(draft.access as never as object), device: id } as never);
    owners.set(draft.access.id, id);
  };
  const open = (code: string) => {
    const login = [...logins.values()].find(({ userCode, state }) => userCode === code && state === 'open');
    return login !== undefined && Date.parse(login.expiresAt) > world.nowMs ? login : undefined;
  };
  return {
    begin: async (login) => void logins.set(login.codeHash, login),
    login: async (_org, code) => open(code),
    async authorize({ userCode, device, key, pathHash }) {
      const login = open(userCode);
      if (login === undefined) throw new Fault('request.not-found', 'Nothing with this code waits to be let in.');
      logins.set(login.codeHash, { ...login, state: 'authorized', device: device.id });
      devices.set(device.id, { ...device, path: pathHash });
      world.credentials.set(key.id, { ...key, device: device.id });
      owners.set(key.id, device.id);
      return device;
    },
    async refuse(_org, code) {
      const login = open(code);
      if (login === undefined) throw new Fault('request.not-found', 'Nothing with this code waits to be let in.');
      logins.set(login.codeHash, { ...login, state: 'refused' });
    },
    async poll(_org, codeHash, token) {
      const login = logins.get(codeHash);
      if (login === undefined || login.state === 'used' || Date.parse(login.expiresAt) <= world.nowMs)
        return { state: 'expired' };
      if (login.state !== 'authorized') return { state: login.state === 'open' ? 'pending' : 'refused' };
      const device = find(login.device ?? '');
      logins.set(codeHash, { ...login, state: 'used' });
      give(device.id, token(device));
      return { state: 'authorized', device };
    },
    async refresh(_org, refreshHash, token, named) {
      const device = [...devices.values()].find(({ refresh }) => refresh === refreshHash);
      if (device === undefined && named !== undefined) devices.set(named, { ...find(named), revokedAt: at() });
      if (device === undefined || !isLive(device)) return undefined;
      give(device.id, token(device));
      return device;
    },
    byPath: async (_org, pathHash) => [...devices.values()].find((device) => device.path === pathHash && isLive(device)),
    async byCredential(_org, credential) {
      const device = devices.get(owners.get(credential) ?? '');
      return device !== undefined && isLive(device) ? device : undefined;
    },
    find: async (_org, id) => devices.get(id),
    list: async () => ({ data: [...devices.values()].reverse() }),
    async revoke(_org, id) {
      const device = { ...find(id), revokedAt: at() };
      devices.set(id, device);
      for (const [credential, owner] of owners)
        if (owner === id)
          world.credentials.set(credential, {
            ...(world.credentials.get(credential) as never as object),
            revokedAt: at(),
          } as never);
      return device;
    },
    async bind(_org, id, mandate) {
      const device = { ...find(id), mandate };
      devices.set(id, device);
      return device;
    },
    served: async () => undefined,
    sightings: async () => [],
  };
}

export const CLIENT_FILES: ClientFilesSource = {
  files: (name, options = {}) => [{ name: `${name}.txt`, text: JSON.stringify(options) }],
  claudeSettings: (key) => ({ env: { KEY: key }, b: 1, a: [2] }),
  codexTexts: (key) => ({ requirements: `# ${key}\n`, config: 'model = "gpt-5.5"\n' }),
  digest: () => 'd'.repeat(32),
};
