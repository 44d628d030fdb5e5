/** Sandboxes of this runner, from their order to their result. */
import { createHash } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '@countersign/kernel/fault';
import type { Json, JsonRecord } from '@countersign/kernel/json';
import { canonicalize } from '@countersign/kernel/ledger';
import { delegatedGrant } from '../../govern/delegated.ts';
import { resultCode, type RunnerOrder, type RunnerResult } from '../../ports/runner-wire.ts';
import type { Sandbox } from '../../ports/sandbox.ts';
import type { RunnerDeps } from './deps.ts';

interface Job {
  readonly order: RunnerOrder;
  /** Ours, and nobody else's. */
  readonly folder: string;
  sandbox: Sandbox | undefined;
  packed: { readonly file: string; readonly bytes: number } | undefined;
  ended: Promise<JsonRecord> | undefined;
  readonly late: NodeJS.Timeout;
}

/** A node that orders and never ends goes away; what it ordered does, too. */
const LATE_MS = 60_000;
const JOBS_MAX = 32;

export class Jobs {
  readonly #deps: RunnerDeps;
  readonly #jobs = new Map<string, Job>();

  constructor(deps: RunnerDeps) {
    this.#deps = deps;
  }

  /** @returns its id @throws Fault request.rate-limited */
  order(order: RunnerOrder): string {
    if (this.#jobs.size >= JOBS_MAX) throw new Fault('request.rate-limited', 'This runner has as many sandboxes as it may.');
    const id = this.#deps.newId('rnj');
    const late = setTimeout(() => void this.remove(id), order.spec.limits.wallMs + LATE_MS).unref();
    this.#jobs.set(id, {
      order,
      folder: join(this.#deps.folder, id),
      sandbox: undefined,
      packed: undefined,
      ended: undefined,
      late,
    });
    return id;
  }

  /** Takes the workspace and makes the sandbox over it. @throws Fault sandbox.*, request.invalid for other bytes than were ordered */
  async workspace(id: string, from: AsyncIterable<Uint8Array>, sha256: string): Promise<JsonRecord> {
    const job = this.#job(id);
    if (job.sandbox !== undefined) throw new Fault('request.conflict', 'The sandbox has its workspace already.');
    if (sha256 !== job.order.workspace) throw new Fault('request.invalid', 'This is not the workspace that was ordered.');
    const { packing, backend } = this.#deps;
    const file = join(job.folder, 'in.tar.gz');
    const workspace = this.#workspaceOf(job);
    await mkdir(workspace, { recursive: true, mode: 0o755 });
    await packing.receive(from, file, sha256);
    await packing.unpack(file, workspace);
    await rm(file, { force: true });
    const { spec, grant } = job.order;
    job.sandbox = await backend.create(delegatedGrant(grant), {
      ...spec,
      // What is remote for the node is this machine's own backend here.
      least: 'process',
      roots: [workspace],
      workspace: { ...spec.workspace, path: workspace, hidden: [] },
    });
    return { strength: job.sandbox.strength };
  }

  ready(id: string): { readonly sandbox: Sandbox } {
    const { sandbox } = this.#job(id);
    if (sandbox === undefined) throw new Fault('request.conflict', 'The sandbox has no workspace yet.');
    return { sandbox: this.#asNode(id, sandbox) };
  }

  async resolve(id: string, { program }: JsonRecord): Promise<string | undefined> {
    if (typeof program !== 'string') throw new Fault('request.invalid', '`program` must be a text.');
    return this.ready(id).sandbox.resolve(program);
  }

  async kill(id: string, { why }: JsonRecord): Promise<JsonRecord> {
    if (typeof why !== 'string' || !/^[a-z-]{1,64}$/.test(why)) throw new Fault('request.invalid', '`why` must be a word.');
    await this.ready(id).sandbox.kill(why);
    return {};
  }

  /** Ends the sandbox and packs what it left. The same answer however often it is asked. */
  end(id: string): Promise<JsonRecord> {
    const job = this.#job(id);
    job.ended ??= this.#end(job);
    return job.ended;
  }

  async #end(job: Job): Promise<JsonRecord> {
    if (job.sandbox === undefined) throw new Fault('request.conflict', 'The sandbox has no workspace yet.');
    const receipt = await job.sandbox.dispose();
    const { spec } = job.order;
    let workspace: RunnerResult['workspace'] = null;
    if (spec.workspace.mode === 'write') {
      const file = join(job.folder, 'out.tar.gz');
      const made = await this.#deps.packing.pack(this.#workspaceOf(job), file);
      job.packed = { file, bytes: made.bytes };
      workspace = { sha256: made.sha256, bytes: made.bytes };
    }
    const order = createHash('sha256')
      .update(canonicalize(job.order as unknown as Json))
      .digest('hex');
    const result: RunnerResult = { run: spec.identity.run, order, receipt, workspace };
    return { result: result as unknown as JsonRecord, code: resultCode(this.#deps.secret, result) };
  }

  packed(id: string): { readonly file: string; readonly bytes: number } {
    const { packed } = this.#job(id);
    if (packed === undefined) throw new Fault('request.conflict', 'There is no workspace to send back.');
    return packed;
  }

  async remove(id: string): Promise<JsonRecord> {
    const job = this.#jobs.get(id);
    if (job === undefined) return {};
    this.#jobs.delete(id);
    clearTimeout(job.late);
    await job.sandbox?.dispose().catch((error: unknown) => this.#deps.log.error('runner.dispose', { error: String(error) }));
    await rm(job.folder, { recursive: true, force: true });
    return {};
  }

  async close(): Promise<void> {
    await Promise.allSettled([...this.#jobs.keys()].map((id) => this.remove(id)));
  }

  #job(id: string): Job {
    const job = this.#jobs.get(id);
    if (job === undefined) throw new Fault('request.not-found', 'There is no such sandbox here.');
    return job;
  }

  #workspaceOf = ({ folder }: Job): string => join(folder, 'workspace');

  /** The node says where things are on its machine; here they lie elsewhere. */
  #asNode(id: string, sandbox: Sandbox): Sandbox {
    const job = this.#job(id);
    const theirs = job.order.spec.workspace.path;
    const ours = this.#workspaceOf(job);
    return {
      strength: sandbox.strength,
      resolve: (program) => sandbox.resolve(program),
      exec: (command, streams) => {
        const cwd = command.cwd ?? theirs;
        if (cwd !== theirs && !cwd.startsWith(`${theirs}/`)) return sandbox.exec(command, streams);
        return sandbox.exec({ ...command, cwd: ours + cwd.slice(theirs.length) }, streams);
      },
      kill: (why) => sandbox.kill(why),
      dispose: () => sandbox.dispose(),
    };
  }
}
