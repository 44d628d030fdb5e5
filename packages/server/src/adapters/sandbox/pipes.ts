/**
 * The output streams of a command are pipes, not the sockets that Node gives a child: a socket cannot be opened again as /dev/stdout or
 * /dev/stderr, which scripts do. They are made in the sandbox's private file system, outside of what it sees. Input stays a socket: a pipe with a
 * name makes who opens it again after its writer is gone wait for ever.
 */
import { constants, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { word } from './shell-text.ts';

export interface Streams {
  readonly stdout: Socket;
  readonly stderr: Socket;
}

/** Descriptors in the shell that keep both ends open until the command has its own. */
const HELD = [7, 8] as const;
const NAMES = ['out', 'err'] as const;

let made = 0;

export class Pipes {
  readonly #paths: readonly string[];

  /** @param folder in the mount namespace of the shell */
  constructor(folder: string) {
    made += 1;
    this.#paths = NAMES.map((name) => `${folder}/${name}-${made}`);
  }

  /** Steps of the shell that make them. */
  get steps(): string[] {
    const held = this.#paths.map((path, index) => `${HELD[index]}<>${word(path)}`);
    return [`mkfifo -m 0600 ${this.#paths.map(word).join(' ')}`, `exec ${held.join(' ')}`];
  }

  /** Redirections of the shell, for the command that takes its place. */
  get redirects(): string {
    const [output = '', error = ''] = this.#paths.map(word);
    return `1>${output} 2>${error} ${HELD.map((fd) => `${fd}>&-`).join(' ')}`;
  }

  /** Our ends. @param root path by which we see the root of the shell's mount namespace */
  open(root: string): Streams {
    const [stdout, stderr] = this.#paths.map(
      (path) =>
        new Socket({
          fd: openSync(root + path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW),
          readable: true,
          writable: false,
        }),
    );
    if (stdout === undefined || stderr === undefined) throw new Error('no pipes');
    return { stdout, stderr };
  }
}
