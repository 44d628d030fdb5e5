/** Network slots: a network namespace without a way out, and the listeners in it, in our hands. A slot is used for one run. */
import { type ChildProcess, spawn } from 'node:child_process';
import { Socket as DatagramSocket } from 'node:dgram';
import { closeSync, openSync } from 'node:fs';
import { Server } from 'node:net';
import { Fault } from '@countersign/kernel/fault';
import type { EgressSlot } from '../../../ports/egress.ts';
import { coverInherited } from '../descriptors.ts';
import { OPENER } from './opener.ts';

export interface SlotNamespaces {
  readonly net: number;
  /** Absent where we are root, and enter without. */
  readonly user: number | undefined;
}

interface Opened {
  readonly proxy: Server;
  readonly http: Server;
  readonly https: Server;
  readonly dns: DatagramSocket;
  readonly namespaces: SlotNamespaces;
}

const OPEN_MS = 30_000;
const PARTS = ['proxy', 'http', 'https', 'dns'] as const;

const namespacesOf = new WeakMap<EgressSlot, SlotNamespaces>();

/** Undefined for a slot that was not made here. */
export const slotNamespaces = (slot: EgressSlot): SlotNamespaces | undefined => namespacesOf.get(slot);

let made = 0;

/** @throws Fault sandbox.unenforceable where no namespace can be made */
export async function openSlot(bwrap: string, root: boolean): Promise<EgressSlot> {
  const { namespaces, ...listeners } = await open(bwrap, root);
  made += 1;
  let closed: Promise<void> | undefined;
  const slot: EgressSlot = {
    id: `slot-${process.pid}-${made}`,
    ...listeners,
    close: () => (closed ??= closeSlot(listeners, namespaces)),
  };
  namespacesOf.set(slot, namespaces);
  return slot;
}

async function closeSlot({ proxy, http, https, dns }: Omit<Opened, 'namespaces'>, { net, user }: SlotNamespaces): Promise<void> {
  const servers = [proxy, http, https].map((server) => new Promise<void>((resolve) => server.close(() => resolve())));
  const socket = new Promise<void>((resolve) => dns.close(() => resolve()));
  for (const fd of [net, user]) if (fd !== undefined) closeSync(fd);
  await Promise.all([...servers, socket]);
}

function open(bwrap: string, root: boolean): Promise<Opened> {
  const options = [
    '--unshare-user',
    '--unshare-net',
    '--cap-drop',
    'ALL',
    '--cap-add',
    'CAP_NET_BIND_SERVICE',
    '--die-with-parent',
  ];
  const child = spawn(bwrap, [...options, '--dev-bind', '/', '/', '--', process.execPath, '--eval', OPENER], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc', ...coverInherited(4)],
    env: {},
    cwd: '/',
  });
  return received(child, root);
}

function received(child: ChildProcess, root: boolean): Promise<Opened> {
  const parts = new Map<string, unknown>();
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    if (said.length < 2_000) said += chunk.toString();
  });
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => {
      clearTimeout(timer);
      child.kill('SIGKILL');
      for (const part of parts.values()) (part as { close?: () => void }).close?.();
      const line = 'network: door';
      const text = `\`${line}\` cannot be enforced: no network namespace with listeners could be made; see \`countersign doctor\`.`;
      reject(new Fault('sandbox.unenforceable', text, { internal: `${why}: ${said.trim()}`, details: { line } }));
    };
    const timer = setTimeout(() => fail('not ready in time'), OPEN_MS).unref();
    child.once('error', (error) => fail(error.message));
    child.once('exit', (code) => parts.size < PARTS.length && fail(`ended with ${code}`));
    child.on('message', (message: { name?: unknown; pid?: unknown }, handle: unknown) => {
      parts.set(String(message.name), handle);
      if (parts.size < PARTS.length) return;
      clearTimeout(timer);
      try {
        resolve(opened(parts, Number(message.pid), root));
      } catch (thrown) {
        fail(String(thrown));
      }
      child.disconnect();
      child.unref();
    });
  });
}

/** The namespaces are held open by descriptors, so that the program that made them may end. */
function opened(parts: ReadonlyMap<string, unknown>, pid: number, root: boolean): Opened {
  const [proxy, http, https, dns] = PARTS.map((name) => parts.get(name));
  if (!(proxy instanceof Server && http instanceof Server && https instanceof Server && dns instanceof DatagramSocket))
    throw new TypeError('a listener did not arrive');
  for (const server of [proxy, http, https]) {
    // The option of the same name does not travel.
    (server as Server & { pauseOnConnect: boolean }).pauseOnConnect = true;
    server.unref();
  }
  dns.unref();
  const net = openSync(`/proc/${pid}/ns/net`, 'r');
  return { proxy, http, https, dns, namespaces: { net, user: root ? undefined : openSync(`/proc/${pid}/ns/user`, 'r') } };
}
