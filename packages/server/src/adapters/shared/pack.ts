/** A folder as one packed file, by the system's `tar`; and back, into a fresh folder. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { Fault } from '@countersign/kernel/fault';

export interface Packed {
  readonly sha256: string;
  readonly bytes: number;
}

/** A workspace that is larger is no checkout of source code. */
export const PACKED_BYTES_MAX = 2 * 1024 * 1024 * 1024;

/** @param without paths below the folder that stay behind @throws Fault sandbox.failed */
export async function packFolder(folder: string, file: string, without: readonly string[] = []): Promise<Packed> {
  const excluded = without.map((path) => `--exclude=./${escaped(path)}`);
  await tar(['--create', '--gzip', '--numeric-owner', '--anchored', ...excluded, '--directory', folder, '--file', file, '.']);
  return digestOf(file);
}

/** `tar` reads patterns. */
const escaped = (path: string): string => path.replaceAll(/[[\]*?\\]/g, '\\$&');

/** Owners and special bits stay behind; what would leave the folder is refused by `tar` itself. @throws Fault sandbox.failed */
export async function unpackInto(file: string, folder: string): Promise<void> {
  await tar(['--extract', '--gzip', '--no-same-owner', '--no-same-permissions', '--directory', folder, '--file', file]);
}

export async function digestOf(file: string): Promise<Packed> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return { sha256: hash.digest('hex'), bytes: (await stat(file)).size };
}

/** Writes what comes, up to the cap. @throws Fault request.too-large, request.invalid for another digest than the one that was named */
export async function receive(from: AsyncIterable<Uint8Array>, file: string, wanted: string): Promise<Packed> {
  const hash = createHash('sha256');
  let bytes = 0;
  await pipeline(
    from,
    async function* (chunks: AsyncIterable<Uint8Array>) {
      for await (const chunk of chunks) {
        bytes += chunk.length;
        if (bytes > PACKED_BYTES_MAX) throw new Fault('request.too-large', `More than ${PACKED_BYTES_MAX} bytes were sent.`);
        hash.update(chunk);
        yield chunk;
      }
    },
    createWriteStream(file, { mode: 0o600, flags: 'wx' }),
  );
  const sha256 = hash.digest('hex');
  if (sha256 !== wanted) throw new Fault('request.invalid', 'What was sent is not what was named: its digest is another one.');
  return { sha256, bytes };
}

function tar(args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('tar', args, {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C' },
    });
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => {
      if (said.length < 4_096) said += chunk.toString('utf8');
    });
    child.on('error', (cause) => reject(new Fault('sandbox.failed', 'There is no `tar` on this machine.', { cause })));
    child.on('close', (code) => {
      // A file that changed while it was read is one that the next run sees.
      if (code === 0 || (code === 1 && /file changed as we read it/.test(said))) resolve();
      else reject(new Fault('sandbox.failed', 'The workspace could not be packed or unpacked.', { internal: said }));
    });
  });
}
