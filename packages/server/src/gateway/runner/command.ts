/** One command over an upgraded connection; the frames are those of the command door. */
import { Readable } from 'node:stream';
import type { Duplex } from 'node:stream';
import { asFault } from '@countersign/kernel/fault';
import { isRecord, type JsonRecord } from '@countersign/kernel/json';
import type { Sandbox, SandboxCommand } from '../../ports/sandbox.ts';
import { Line } from '../wire/line.ts';

const OPEN_MS = 30_000;

/** Never rejects. */
export async function serveCommand(sandbox: Sandbox, socket: Duplex, head: Buffer): Promise<void> {
  const line = new Line(socket, head);
  try {
    const open = await line.opened(OPEN_MS);
    const command = commandOf(open);
    const end = await sandbox.exec(command, {
      stdin: open['stdin'] === true ? inputOf(line) : 'none',
      stdout: (chunk) => line.output('stdout', chunk),
      stderr: (chunk) => line.output('stderr', chunk),
      ...(open['counted'] === false ? { counted: false as const } : {}),
      signal: line.signal,
    });
    line.end({ end });
  } catch (thrown) {
    const fault = asFault(thrown);
    line.end({ failed: fault.code, message: fault.publicText });
  }
}

function inputOf(line: Line): Readable {
  line.startStdin();
  const input = Readable.from(line.input(), { objectMode: false });
  input.on('error', () => undefined);
  return input;
}

function commandOf(open: JsonRecord): SandboxCommand {
  const { argv, cwd, environment } = open;
  if (!Array.isArray(argv) || argv.length === 0 || !argv.every((word) => typeof word === 'string' && !word.includes('\0')))
    throw new TypeError('argv is no list of words');
  return {
    argv: argv as readonly string[],
    ...(typeof cwd === 'string' ? { cwd } : {}),
    ...(isRecord(environment)
      ? { environment: Object.fromEntries(Object.entries(environment).map(([k, v]) => [k, String(v)])) }
      : {}),
  };
}
