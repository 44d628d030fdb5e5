/** A container that is kept by a pipe of ours. */
import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { SandboxSpec } from '../../ports/sandbox.ts';
import { containerName, hiddenFiles, type ContainerTerms, runArguments } from './arguments.ts';
import { type Called, type ContainerProgram, failed } from './program.ts';
import type { ContainerSettings } from './settings.ts';

const READY_MS = 30_000;
const LOOK_MS = 25;

export interface Holder {
  readonly name: string;
  /** Folder of the memory controller of the container's processes; undefined where it cannot be found. */
  readonly memory: string | undefined;
  /** Ends every process of it. */
  end(): Promise<void>;
}

/** @throws Fault sandbox.failed with what the program said */
export async function holdContainer(
  program: ContainerProgram,
  settings: ContainerSettings,
  spec: SandboxSpec,
  terms: ContainerTerms,
): Promise<Holder> {
  const name = containerName(spec.identity.run);
  const args = runArguments(settings, spec, terms);
  const masks = hiddenFiles(spec, terms.survey).flatMap((path) => [
    '--mount',
    `type=bind,source=/dev/null,destination=${path},readonly`,
  ]);
  const child = program.start([...args.slice(0, -1), ...masks, settings.image], {}, 'pipe');
  const said = { stderr: '' };
  child.stderr?.on('data', (chunk: Buffer) => (said.stderr += chunk.toString('utf8')));
  child.stdout?.resume();
  child.stdin?.on('error', () => undefined);
  const gone = new Promise<Called>((resolve) => {
    child.on('error', (error) => resolve({ code: 127, stdout: '', stderr: error.message }));
    child.on('close', (code) => resolve({ code: code ?? 128, stdout: '', stderr: said.stderr }));
  });
  const pid = await Promise.race([running(program, name), gone]);
  if (typeof pid !== 'number') {
    child.kill('SIGKILL');
    throw failed('The container did not start', pid);
  }
  return { name, memory: memoryFolder(pid), end: () => end(program, { name, child, gone }) };
}

/** Process id of the container's first process, as this machine sees it. */
async function running(program: ContainerProgram, name: string): Promise<number | Called> {
  let last: Called = { code: 1, stdout: '', stderr: 'it did not become ready in time' };
  for (const until = Date.now() + READY_MS; Date.now() < until; await pause(LOOK_MS)) {
    const seen = await program.call(['inspect', '--format', '{{.State.Status}} {{.State.Pid}}', name]);
    const [, pid] = /^running (\d+)$/.exec(seen.stdout) ?? [];
    if (pid !== undefined && pid !== '0') return Number(pid);
    if (seen.code === 0) last = seen;
  }
  return last;
}

async function end(
  program: ContainerProgram,
  held: { name: string; child: ChildProcess; gone: Promise<unknown> },
): Promise<void> {
  held.child.stdin?.destroy();
  await program.call(['rm', '--force', '--time', '0', held.name]).then(async ({ code, stderr }) => {
    // An older or other program does not know the option.
    if (code !== 0 && !/no such container/i.test(stderr)) await program.call(['rm', '--force', held.name]);
  });
  held.child.kill('SIGKILL');
  await held.gone;
}

/** Of cgroup v2, or of the memory controller of v1. */
function memoryFolder(pid: number): string | undefined {
  try {
    const lines = readFileSync(`/proc/${pid}/cgroup`, 'utf8').split('\n');
    const legacy = lines
      .map((line) => /^\d+:(?:[^:]*,)?memory(?:,[^:]*)?:(.+)$/.exec(line)?.[1])
      .find((path) => path !== undefined);
    if (legacy !== undefined) return `/sys/fs/cgroup/memory${legacy}`;
    const unified = lines.map((line) => /^0::(.+)$/.exec(line)?.[1]).find((path) => path !== undefined);
    return unified === undefined ? undefined : `/sys/fs/cgroup${unified}`;
  } catch {
    return undefined;
  }
}
