/** A runner elsewhere as a backend: the spec goes there as it is, the workspace packed, and what comes back is taken only under the runner's code. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Fault } from '@countersign/kernel/fault';
import type { Json } from '@countersign/kernel/json';
import { canonicalize } from '@countersign/kernel/ledger';
import { Grant } from '../../ports/grant.ts';
import type { Log } from '../../ports/log.ts';
import { DIGEST_HEADER, RUNNER_CAPABILITIES, RUNNER_PATH, type RunnerOrder } from '../../ports/runner-wire.ts';
import type { SandboxBackend, SandboxCapability, SandboxSpec } from '../../ports/sandbox.ts';
import { type Packed, packFolder } from '../shared/pack.ts';
import { Runner } from './runner.ts';
import { RemoteSandbox } from './sandbox.ts';
import type { RemoteSettings } from './settings.ts';

export interface RemoteBackendTerms {
  readonly settings: RemoteSettings;
  readonly log: Log;
}

/** @throws Fault config.invalid for an address or a secret that is not safe to use */
export function createRemoteBackend({ settings, log }: RemoteBackendTerms): SandboxBackend {
  const runner = new Runner(settings);
  return {
    kind: 'remote',
    capabilities: async () => capabilitiesOf(runner),
    async create(grant, spec, network) {
      const { action } = grant.terms;
      const terms = Grant.check(grant, action);
      if (!action.startsWith('command.')) throw new TypeError(`the grant is for ${action}, not for a command`);
      refuseUnenforceable(spec, network !== undefined);
      const folder = await mkdtemp(join(tmpdir(), 'countersign-out-'));
      try {
        const file = join(folder, 'workspace.tar.gz');
        const packed = await packFolder(spec.workspace.path, file, spec.workspace.hidden);
        const order: RunnerOrder = { grant: terms, spec, workspace: packed.sha256 };
        const id = await begin(runner, order, { file, packed });
        const digest = createHash('sha256')
          .update(canonicalize(order as unknown as Json))
          .digest('hex');
        return new RemoteSandbox({ runner, secret: settings.secret, id, spec, order: digest });
      } finally {
        await rm(folder, { recursive: true, force: true }).catch((error: unknown) =>
          log.warn('remote.left', { folder, error: String(error) }),
        );
      }
    },
    close: async () => undefined,
  };
}

/** @throws Fault sandbox.unenforceable */
function refuseUnenforceable({ network, mounts }: SandboxSpec, hasSlot: boolean): void {
  if (network === 'door' || hasSlot)
    throw new Fault(
      'sandbox.unenforceable',
      'A runner has no way to the network door of this node. Use `network: none`, or a local backend.',
    );
  if (mounts.length > 0)
    throw new Fault(
      'sandbox.unenforceable',
      'A runner sees nothing of this machine but the workspace, so a profile with mounts cannot run there.',
    );
}

async function begin(runner: Runner, order: RunnerOrder, { file, packed }: { file: string; packed: Packed }): Promise<string> {
  const { id } = await notStarted(runner.json({ method: 'POST', path: RUNNER_PATH, json: order }));
  if (typeof id !== 'string' || !/^[A-Za-z0-9_-]{1,64}$/.test(id))
    throw new Fault('sandbox.failed', 'The runner does not say what it calls the sandbox.');
  await notStarted(
    runner.json({
      method: 'PUT',
      path: `${RUNNER_PATH}/${id}/workspace`,
      body: createReadStream(file),
      headers: { [DIGEST_HEADER]: packed.sha256, 'content-length': String(packed.bytes) },
    }),
  );
  return id;
}

/** No command can have run yet: a runner that is not there failed, and nothing is unknown. */
async function notStarted<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (thrown) {
    if (thrown instanceof Fault && thrown.code === 'sandbox.lost')
      throw new Fault('sandbox.failed', 'The runner cannot be reached.', { cause: thrown });
    throw thrown;
  }
}

async function capabilitiesOf(runner: Runner): Promise<readonly SandboxCapability[]> {
  try {
    const { data } = await runner.json({ method: 'GET', path: RUNNER_CAPABILITIES });
    return Array.isArray(data) ? (data as unknown as SandboxCapability[]) : [];
  } catch (thrown) {
    return [{ name: 'runner', enforced: false, detail: thrown instanceof Fault ? thrown.publicText : String(thrown) }];
  }
}
