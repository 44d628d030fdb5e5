/** One sandbox on a runner. */
import { mkdtemp, mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Fault } from '@countersign/kernel/fault';
import { isRecord } from '@countersign/kernel/json';
import { codeHolds, DIGEST_HEADER, RUNNER_PATH, type RunnerResult } from '../../ports/runner-wire.ts';
import type {
  Sandbox,
  SandboxCommand,
  SandboxEnd,
  SandboxReceipt,
  SandboxSpec,
  SandboxStreams,
  Strength,
} from '../../ports/sandbox.ts';
import { receive, unpackInto } from '../shared/pack.ts';
import { applyResult } from './apply.ts';
import { runCommand } from './command.ts';
import type { Runner } from './runner.ts';

export interface RemoteTerms {
  readonly runner: Runner;
  readonly secret: string;
  readonly id: string;
  readonly spec: SandboxSpec;
  /** SHA-256 of the order, hex. */
  readonly order: string;
}

export class RemoteSandbox implements Sandbox {
  readonly strength: Strength = 'remote';
  readonly #terms: RemoteTerms;
  readonly #startedMs = Date.now();
  #killed: string | undefined;
  #lost: Fault | undefined;
  #receipt: Promise<SandboxReceipt> | undefined;

  constructor(terms: RemoteTerms) {
    this.#terms = terms;
  }

  async resolve(program: string): Promise<string | undefined> {
    const { path } = await this.#call('resolve', { program });
    return typeof path === 'string' && path.startsWith('/') ? path : undefined;
  }

  async exec(command: SandboxCommand, streams: SandboxStreams): Promise<SandboxEnd> {
    if (this.#killed !== undefined) return { signal: 'SIGKILL', killed: this.#killed };
    const { runner, id } = this.#terms;
    try {
      return await runCommand(runner, `${RUNNER_PATH}/${id}/exec`, command, streams);
    } catch (thrown) {
      // What was asked to end ended, as far as anybody here can tell.
      if (this.#killed !== undefined) return { signal: 'SIGKILL', killed: this.#killed };
      if (thrown instanceof Fault && thrown.code === 'sandbox.lost') this.#lost = thrown;
      throw thrown;
    }
  }

  async kill(why: string): Promise<void> {
    this.#killed ??= why;
    await this.#call('kill', { why }).catch(() => undefined);
  }

  dispose(): Promise<SandboxReceipt> {
    this.#receipt ??= this.#dispose();
    return this.#receipt;
  }

  async #dispose(): Promise<SandboxReceipt> {
    if (this.#lost !== undefined) return this.#unknown();
    const { runner, id } = this.#terms;
    try {
      const result = this.#accepted(await this.#call('end', {}));
      const applied = result.workspace === null ? undefined : await this.#takeBack(result.workspace.sha256);
      const { receipt } = result;
      return {
        ...receipt,
        backend: `remote:${receipt.backend}`,
        strength: this.strength,
        ...(applied === undefined ? {} : { filesChanged: applied.filesChanged, sweep: [...receipt.sweep, ...applied.sweep] }),
      };
    } finally {
      await runner.json({ method: 'DELETE', path: `${RUNNER_PATH}/${id}` }).catch(() => undefined);
    }
  }

  /** @throws Fault sandbox.failed for a result that is not that of this order, by this runner */
  #accepted(answer: object): RunnerResult {
    const { secret, order, spec } = this.#terms;
    const { result, code } = answer as { result?: unknown; code?: unknown };
    if (!isRecord(result) || typeof code !== 'string' || !codeHolds(secret, result as unknown as RunnerResult, code))
      throw new Fault('sandbox.failed', 'The runner’s result does not carry its code, so nothing of it is taken.');
    const made = result as unknown as RunnerResult;
    if (made.run !== spec.identity.run || made.order !== order)
      throw new Fault('sandbox.failed', 'The runner’s result is that of another order, so nothing of it is taken.');
    if (made.workspace !== null && spec.workspace.mode !== 'write')
      throw new Fault('sandbox.failed', 'The runner sends a workspace back that could only be read, so nothing of it is taken.');
    return made;
  }

  async #takeBack(sha256: string) {
    const { runner, id, spec } = this.#terms;
    const folder = await mkdtemp(join(tmpdir(), 'countersign-back-'));
    try {
      const [file, fresh] = [join(folder, 'workspace.tar.gz'), join(folder, 'workspace')];
      const body = await runner.stream({ method: 'GET', path: `${RUNNER_PATH}/${id}/workspace` });
      await receive(body, file, sha256);
      await mkdir(fresh, { mode: 0o700 });
      await unpackInto(file, fresh);
      return await applyResult(fresh, spec);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  async #call(what: string, json: object) {
    const { runner, id } = this.#terms;
    return runner.json({
      method: 'POST',
      path: `${RUNNER_PATH}/${id}/${what}`,
      json,
      headers: { [DIGEST_HEADER]: this.#terms.order },
    });
  }

  /** The runner is gone: what it did is not known, and nothing of it came back. */
  #unknown(): SandboxReceipt {
    const { spec } = this.#terms;
    return {
      run: spec.identity.run,
      backend: 'remote',
      strength: this.strength,
      profile: spec.profile,
      specDigest: '0'.repeat(64),
      wallMs: Date.now() - this.#startedMs,
      outputBytes: 0,
      sweep: [],
    };
  }
}
