/** Calls of the container program. No library: its command line is the one interface that both have. */
import { type ChildProcess, spawn } from 'node:child_process';
import { Fault } from '@countersign/kernel/fault';
import { globalArguments } from './arguments.ts';
import type { ContainerSettings } from './settings.ts';

export interface Called {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Making a container takes a moment; one that takes longer does not come. */
const CALL_MS = 30_000;
const SAID_BYTES_MAX = 1024 * 1024;

export class ContainerProgram {
  readonly #settings: ContainerSettings;

  constructor(settings: ContainerSettings) {
    this.#settings = settings;
  }

  /** Never rejects: a program that is not there is a call that failed. */
  call(args: readonly string[], timeoutMs = CALL_MS): Promise<Called> {
    return new Promise((resolve) => {
      const child = this.start(args, {}, 'ignore');
      const said = { stdout: '', stderr: '' };
      const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
      for (const name of ['stdout', 'stderr'] as const)
        child[name]?.on('data', (chunk: Buffer) => {
          if (said[name].length < SAID_BYTES_MAX) said[name] += chunk.toString('utf8');
        });
      const done = (code: number, more = ''): void => {
        clearTimeout(timer);
        resolve({ code, stdout: said.stdout.trim(), stderr: `${said.stderr}${more}`.trim() });
      };
      child.on('error', (error) => done(127, error.message));
      child.on('close', (code, signal) => done(code ?? 128, signal === null ? '' : `ended by ${signal}`));
    });
  }

  /** @param environment on top of what the program needs; names are passed on by name, so that no value stands in an argument */
  start(args: readonly string[], environment: Readonly<Record<string, string>>, stdin: 'pipe' | 'ignore'): ChildProcess {
    const { program } = this.#settings;
    return spawn(program, [...globalArguments(this.#settings), ...args], {
      stdio: [stdin, 'pipe', 'pipe'],
      env: { ...ownEnvironment(), ...environment },
    });
  }
}

/** What the program itself needs, and nothing else of ours. */
function ownEnvironment(): Record<string, string> {
  const names = [
    'PATH',
    'HOME',
    'XDG_RUNTIME_DIR',
    'XDG_CONFIG_HOME',
    'XDG_DATA_HOME',
    'DOCKER_HOST',
    'CONTAINER_HOST',
    'TMPDIR',
    'USER',
  ];
  return Object.fromEntries(names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name] ?? '']])));
}

/** The last line that a program said, for a person. */
export const lastLine = (text: string): string =>
  text
    .split('\n')
    .findLast((line) => line.trim() !== '')
    ?.trim() ?? 'it said nothing';

export const failed = (what: string, { stderr }: Called): Fault =>
  new Fault('sandbox.failed', `${what}: ${lastLine(stderr)}`, { internal: stderr });
