/** `exec`: a client of the node. What the command prints is printed, what it exits with is our exit code. */
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { JsonRecord } from '@countersign/kernel/json';
import { type ExecEvents, ExecLostError, execute, ProblemError, UnreachableError } from '../../client/index.ts';
import { FRAME_BYTES_MAX, PROFILE_BYTES_MAX } from '../../ports/exec-wire.ts';
import type { Call } from '../call.ts';
import { cell } from '../call.ts';
import { connectionOf } from '../connect.ts';
import { CliError } from '../exit.ts';
import { tellEnding } from './ending.ts';
import { Output } from './output.ts';

/** Ours, as opposed to the command's: nothing ran, or nobody knows how it ended. */
const NOT_RUN = 'not-run';

export async function exec(call: Call): Promise<number> {
  const open = openOf(call);
  const { url, key } = connectionOf(call);
  const mandate = call.text('mandate') ?? call.io.env['COUNTERSIGN_MANDATE'];
  const output = new Output(call);
  const stdin = open['stdin'] === true ? call.io.raw?.stdin : undefined;
  try {
    const end = await execute(
      {
        url,
        key,
        signal: call.io.signal,
        ...(mandate === undefined || mandate === '' ? {} : { mandate }),
        ...(stdin === undefined ? {} : { stdin }),
      },
      open,
      eventsOf(call, output),
    );
    writeReceipt(call, end);
    return tellEnding(call, end, output);
  } catch (thrown) {
    throw told(thrown, url);
  } finally {
    // A terminal or pipe that is still open would keep the process.
    stdin?.pause();
    (stdin as { destroy?: () => void } | undefined)?.destroy?.();
  }
}

function openOf(call: Call): JsonRecord {
  const words = (call.args[0] as readonly string[] | undefined) ?? [];
  checkWords(words);
  const shell = call.flag('shell');
  if (shell && words.length !== 1)
    throw new CliError('usage', `\`--shell\` takes one text, not ${words.length} words`, { next: 'put the text in quotes' });
  const seconds = call.integer('wait') ?? 0;
  if (seconds > 3_600) throw new CliError('usage', `\`--wait\` is at most 3600 seconds, not ${seconds}`);
  return checkSize({
    command: shell ? { shell: words[0] ?? '' } : { argv: words },
    cwd: resolve(call.io.cwd, call.text('cwd') ?? '.'),
    ...profileOf(call),
    stdin: !call.denied('stdin') && call.io.raw !== undefined,
    waitMs: seconds * 1_000,
  });
}

/** A name of the bundle, unless it can only be a file. */
function profileOf(call: Call): JsonRecord {
  const given = call.text('profile');
  if (given === undefined) return {};
  if (!/[/\\]|\.(?:ya?ml|json)$/.test(given)) return { profile: { name: given } };
  const path = resolve(call.io.cwd, given);
  if (!existsSync(path) || !statSync(path).isFile()) throw new CliError('usage', `There is no profile file ${given}`);
  return { profile: { file: given, text: textOf(readFileSync(path), given) } };
}

function textOf(bytes: Buffer, file: string): string {
  if (bytes.length > PROFILE_BYTES_MAX)
    throw new CliError('usage', `The profile file ${file} has ${bytes.length} bytes; a profile has at most ${PROFILE_BYTES_MAX}`);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new CliError('usage', `The profile file ${file} is no text in UTF-8`, { cause });
  }
}

/** What Node makes of bytes that are no UTF-8: the command would be given another word than was meant. */
const REPLACED = '\ufffd';

function checkWords(words: readonly string[]): void {
  if (words.length === 0) throw new CliError('usage', 'No command was given', { next: '`countersign exec -- ls`' });
  const index = words.findIndex((word) => word.includes(REPLACED));
  if (index !== -1)
    throw new CliError('usage', `Word ${index + 1} of the command has bytes that are no UTF-8, and cannot be passed on`);
}

/** The rest of the request is the profile, which has a limit of its own. */
function checkSize(open: JsonRecord): JsonRecord {
  const bytes = Buffer.byteLength(JSON.stringify(open));
  if (bytes <= FRAME_BYTES_MAX) return open;
  throw new CliError(
    'usage',
    `The command is too long: with its profile it takes ${bytes} bytes, and at most ${FRAME_BYTES_MAX} are taken`,
    {
      next: 'put the names into a file, or pass them over standard input',
    },
  );
}

function eventsOf(call: Call, output: Output): ExecEvents {
  return {
    waiting: (what) => {
      const approval = what['approval'] as JsonRecord | undefined;
      call.say(`countersign: waiting for a person: ${cell(what['message'])}`);
      call.say(`  ${cell(approval?.['url'])} or \`countersign approval approve ${cell(approval?.['id'])}\``);
    },
    started: () => undefined,
    output: (stream, chunk, drained) => output.take(stream, chunk, drained),
  };
}

function writeReceipt(call: Call, end: JsonRecord): void {
  const target = call.text('receipt');
  if (target === undefined || end['receipt'] === undefined) return;
  const text = `${JSON.stringify(end['receipt'], null, 2)}\n`;
  if (target === '-') call.io.err(text);
  else writeFileSync(resolve(call.io.cwd, target), text);
}

function told(thrown: unknown, url: string): unknown {
  if (thrown instanceof ExecLostError)
    return new CliError(NOT_RUN, 'The connection ended before the command did', {
      why: 'the node went away, and the command with it; how far it came is on the ledger as unknown',
      next: '`countersign status`, then look at what it may have done before running it again',
    });
  if (thrown instanceof UnreachableError)
    return new CliError(NOT_RUN, `No node answers at ${url}`, {
      why: 'commands run in a sandbox that the node makes',
      next: 'start one with `countersign up`, in another terminal or in the background',
      cause: thrown,
    });
  if (thrown instanceof ProblemError && thrown.status !== 401 && thrown.status !== 403)
    return new CliError(NOT_RUN, thrown.message, { cause: thrown });
  return thrown;
}
