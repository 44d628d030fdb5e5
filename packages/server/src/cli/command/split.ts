/** `command split`: what the strict splitter makes of each line, without a server. */
import { type Dialect, split } from '@countersign/kernel/command';
import type { Call } from '../call.ts';
import { CliError, type ExitName } from '../exit.ts';
import { type Line, lineBatches } from './lines.ts';

const DIALECTS: readonly Dialect[] = ['bash', 'sh', 'zsh', 'none'];
/** A text of 64 KB with every character written as an escape has six times as many bytes; longer lines hold no text that could be split. */
const LINE_BYTES_MAX = 1_048_576;
/** Answers are written when there are this many units of them. */
const WRITE_UNITS = 65_536;

type Answer = { readonly commands: readonly (readonly string[])[] } | { readonly ask: string; readonly text: string };

const decoder = new TextDecoder('utf-8', { fatal: true });

/** @returns the text of one line; undefined where the line is not a JSON string */
function textOf(line: Uint8Array): string | undefined {
  try {
    const value: unknown = JSON.parse(decoder.decode(line));
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}

function answerOf(text: string, dialect: Dialect): Answer {
  const found = split(text, dialect);
  return found.ok ? { commands: found.commands.map(({ argv }) => argv) } : { ask: found.code, text: found.text };
}

const TOO_LONG: Answer = {
  ask: 'shell.size',
  text: 'The line is longer than 1 MB. Write the long part into a file, and name the file.',
};

/** Nothing that was not read is taken apart: such a line is asked about like any other text that is not understood. */
const notAString = (count: number): Answer => ({ ask: 'shell.input', text: `Line ${count} is not a JSON string.` });

function dialectOf(call: Call): Dialect {
  const given = call.text('dialect') ?? 'bash';
  const dialect = DIALECTS.find((one) => one === given);
  if (dialect === undefined) throw new CliError('usage', `\`--dialect\` must be one of ${DIALECTS.join(', ')}, not \`${given}\``);
  return dialect;
}

/** Answers every line in order, an empty one, too. A line that is no JSON string asks, and the run ends with 1. */
export async function splitLines(call: Call): Promise<ExitName> {
  const dialect = dialectOf(call);
  let [count, malformed, out] = [0, 0, ''];
  const answer = (line: Line): void => {
    count += 1;
    const text = line === undefined ? undefined : textOf(line);
    if (line !== undefined && text === undefined) {
      malformed += 1;
      out += `${JSON.stringify(notAString(count))}\n`;
    } else out += `${JSON.stringify(text === undefined ? TOO_LONG : answerOf(text, dialect))}\n`;
  };
  for await (const lines of lineBatches(call.io.input(), LINE_BYTES_MAX)) {
    for (const line of lines) {
      answer(line);
      if (out.length >= WRITE_UNITS) {
        await call.io.outDrained(out);
        out = '';
      }
    }
    // A caller that writes one line and waits gets its answer.
    if (out !== '') await call.io.outDrained(out);
    out = '';
  }
  if (malformed > 0) call.say(`${malformed} of ${count} lines are not JSON strings`);
  return malformed === 0 ? 'ok' : 'failed';
}
