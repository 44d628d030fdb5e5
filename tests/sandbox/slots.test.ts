/** Network slots: what a sandbox reaches is what listens for it, and nothing else. */
import { readdirSync, readlinkSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EgressServing, EgressSlot } from '../../packages/server/src/ports/egress.ts';
import { backendOf, discard, grant, runIn, specFor, tempFolder } from './stage.ts';

const backend = backendOf({ plain: 0, networked: 1 });
const workspace = tempFolder('slots');
const totals = { connections: 3, uploadBytes: 2, downloadBytes: 1, denied: 0 };
const AUTHORITY = '-----BEGIN CERTIFICATE-----\nours\n-----END CERTIFICATE-----\n';
let host: Server;

beforeAll(async () => {
  host = createServer((socket) => socket.end('BREACH\n'));
  await new Promise<void>((resolve) => host.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  await new Promise((resolve) => host.close(resolve));
  await backend.close();
  discard(workspace);
});

const answer =
  (text: string) =>
  (socket: Socket): void => {
    socket.setNoDelay(true);
    socket.on('error', () => undefined);
    socket.once('data', () =>
      socket.end(`HTTP/1.1 200 OK\r\ncontent-length: ${text.length}\r\nconnection: close\r\n\r\n${text}`),
    );
    socket.resume();
  };

async function networked(ca?: string) {
  const slot: EgressSlot = await backend.slots.take();
  slot.proxy.on('connection', answer('proxy'));
  slot.http?.on('connection', answer('captured'));
  slot.https?.on('connection', (socket: Socket) => {
    socket.on('error', () => undefined);
    socket.end('captured tls\n');
    socket.resume();
  });
  const asked: string[] = [];
  slot.dns?.on('message', (question, { port, address }) => {
    asked.push(question.subarray(13, 13 + (question[12] ?? 0)).toString());
    // The question back as a name that does not exist.
    const reply = Buffer.from(question);
    reply.writeUInt16BE(0x8183, 2);
    slot.dns?.send(reply, port, address);
  });
  let closed = 0;
  const serving: EgressServing = {
    ca,
    caOnly: true,
    totals: () => totals,
    close: () => {
      closed += 1;
      return Promise.resolve(totals);
    },
  };
  const base = specFor(workspace, { network: 'door' });
  const held = process.getuid?.() === 0 ? {} : { memoryBytes: 0, processes: 0 };
  const sandbox = await backend.create(grant(), { ...base, limits: { ...base.limits, ...held } }, { slot, serving });
  const sh = async (text: string): Promise<string> => (await runIn(sandbox, ['bash', '-c', text])).out.trim();
  return { slot, sandbox, sh, asked, closes: () => closed };
}

test('programs that know of the proxy, and those that do not', async () => {
  const { sandbox, sh } = await networked();
  expect(await sh('curl -sS http://example.org/')).toBe('proxy');
  expect(await sh('curl -sS --noproxy "*" http://127.1.2.3/')).toBe('captured');
  expect(await sh('exec 3<>/dev/tcp/127.0.0.1/443; cat <&3')).toBe('captured tls');
  await sandbox.dispose();
});

test('names are asked of us, and addresses lead nowhere', async () => {
  const { sandbox, sh, asked } = await networked();
  const port = (host.address() as { port: number }).port;
  const tries = [`127.0.0.1/${port}`, '169.254.169.254/80', '1.1.1.1/53', '10.0.0.1/443', '::1/80'];
  const reached = await sh(
    `getent hosts name.example; for t in ${tries.join(' ')}; do (timeout 2 bash -c "exec 3<>/dev/tcp/$t; cat <&3") 2>/dev/null && echo "reached $t"; done; cat /proc/net/route | wc -l; exit 0`,
  );
  expect(reached).toBe('1');
  expect(asked).toContain('name');
  expect(await sh('ip link add d0 type dummy 2>&1; ip addr add 10.0.0.2/8 dev lo 2>&1; exit 0')).toMatch(
    /not permitted|not found|denied/i,
  );
  await sandbox.dispose();
});

test('the authority is trusted inside, and variables say so', async () => {
  const { sandbox, sh } = await networked(AUTHORITY);
  expect(await sh('cat $SSL_CERT_FILE; echo $NODE_EXTRA_CA_CERTS $HTTPS_PROXY')).toBe(
    `${AUTHORITY}/etc/ssl/certs/ca-certificates.crt http://127.0.0.1:3128`,
  );
  await sandbox.dispose();
});

test('a sandbox closes its slot, tells the totals, and leaves no descriptor', async () => {
  const namespaces = (): number => readdirSync('/proc/self/fd').filter((fd) => readlink(fd).startsWith('net:[')).length;
  const before = namespaces();
  const { sandbox, closes } = await networked();
  const receipt = await sandbox.dispose();
  await sandbox.dispose();
  expect([receipt.egress, closes()]).toEqual([totals, 1]);
  // The pool holds one at most, from before or from now.
  expect(namespaces()).toBeLessThanOrEqual(before + 1);
});

test('a network that does not fit is refused', async () => {
  const slot = await backend.slots.take();
  const serving = { ca: undefined, caOnly: false, totals: () => totals, close: () => Promise.resolve(totals) };
  await expect(backend.create(grant(), specFor(workspace), { slot, serving })).rejects.toThrow(/do not fit|network/);
  await expect(backend.create(grant(), specFor(workspace, { network: 'door' }))).rejects.toThrow(/do not fit|network/);
  await expect(
    backend.create(grant(), specFor(workspace, { network: 'door' }), { slot: { ...slot }, serving }),
  ).rejects.toThrow();
  await slot.close();
});

const readlink = (fd: string): string => {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return '';
  }
};
