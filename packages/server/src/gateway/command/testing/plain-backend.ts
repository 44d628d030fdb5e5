/** A backend without any walls, for the door's own tests: plain processes of this machine. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { Grant } from '../../../ports/grant.ts';
import type {
  Sandbox,
  SandboxBackend,
  SandboxCommand,
  SandboxEnd,
  SandboxReceipt,
  SandboxSpec,
  SandboxStreams,
  Strength,
} from '../../../ports/sandbox.ts';

export class PlainBackend implements SandboxBackend {
  readonly kind = 'plain';
  readonly made: PlainSandbox[] = [];
  strength: Strength = 'bwrap';
  /** Thrown by `create`. */
  broken: Error | undefined;

  async capabilities() {
    return [];
  }

  async create(grant: Grant, spec: SandboxSpec): Promise<Sandbox> {
    Grant.check(grant, 'command.draft');
    if (this.broken !== undefined) throw this.broken;
    const sandbox = new PlainSandbox(spec, this.strength);
    this.made.push(sandbox);
    return sandbox;
  }

  async close() {}
}

export class PlainSandbox implements Sandbox {
  readonly strength: Strength;
  readonly spec: SandboxSpec;
  disposed = 0;
  #killed: string | undefined;
  readonly #living = new Set<number>();
  #output = 0;

  constructor(spec: SandboxSpec, strength: Strength) {
    this.spec = spec;
    this.strength = strength;
  }

  get living(): number {
    return this.#living.size;
  }

  async resolve(program: string): Promise<string | undefined> {
    if (program.includes('/')) return existsSync(program) ? program : undefined;
    return ['/usr/bin', '/bin'].map((folder) => `${folder}/${program}`).find((path) => existsSync(path));
  }

  exec(command: SandboxCommand, streams: SandboxStreams): Promise<SandboxEnd> {
    const [program = '', ...args] = command.argv;
    const child = spawn(program, args, {
      cwd: command.cwd ?? this.spec.workspace.path,
      env: { PATH: '/usr/bin:/bin' },
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const pid = child.pid ?? 0;
    this.#living.add(pid);
    let why: string | undefined;
    const end = (): void => {
      why = 'cancelled';
      kill(pid);
    };
    streams.signal?.addEventListener('abort', end, { once: true });
    child.stdin.on('error', () => undefined);
    if (streams.stdin === 'none') child.stdin.end();
    else streams.stdin.pipe(child.stdin);
    for (const name of ['stdout', 'stderr'] as const)
      child[name].on('data', (chunk: Buffer) => {
        if (streams.counted !== false) this.#count(chunk.length);
        const wait = streams[name](chunk);
        if (wait === undefined) return;
        child[name].pause();
        void wait.then(() => child[name].resume());
      });
    return new Promise((resolve) => {
      child.on('close', (code, signal) => {
        this.#living.delete(pid);
        streams.signal?.removeEventListener('abort', end);
        const killed = this.#killed ?? why;
        resolve({
          ...(code === null ? {} : { code }),
          ...(signal === null ? {} : { signal }),
          ...(killed === undefined ? {} : { killed }),
        });
      });
    });
  }

  #count(bytes: number): void {
    this.#output += bytes;
    if (this.#output > this.spec.limits.outputBytes) void this.kill('output');
  }

  async kill(why: string): Promise<void> {
    this.#killed ??= why;
    for (const pid of this.#living) kill(pid);
  }

  async dispose(): Promise<SandboxReceipt> {
    this.disposed += 1;
    await this.kill('disposed');
    return {
      run: this.spec.identity.run,
      backend: 'plain',
      strength: this.strength,
      profile: this.spec.profile,
      specDigest: '0'.repeat(64),
      wallMs: 1,
      outputBytes: this.#output,
      sweep: [],
    };
  }
}

function kill(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It is gone already.
  }
}
