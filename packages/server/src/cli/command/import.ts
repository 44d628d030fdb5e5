/** `command import`: what a client's own file says, as a commands.yaml to review. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { asFault } from '@countersign/kernel/fault';
import { type Imported, readClaudePermissions, readCodexRules } from '@countersign/kernel/exchange';
import type { Json } from '@countersign/kernel/json';
import type { Call } from '../call.ts';
import { CliError } from '../exit.ts';
import { clientOf, sayLosses } from './rules.ts';

/** Bytes of a client's file. */
const FILE_BYTES_MAX = 1_048_576;

export async function importRules(call: Call): Promise<void> {
  const client = clientOf(call);
  const owner = call.need('owner');
  if (!/^team:[a-z][a-z0-9-]*$/.test(owner))
    throw new CliError('usage', `\`--owner\` must be a team, such as \`team:platform\`, not \`${owner}\``);
  const accepted = new Set(call.list('accept'));
  const file = call.arg(1);
  const text = readText(call, file);
  const imported =
    client === 'codex' ? read(file, () => readCodexRules(text)) : read(file, () => readClaudePermissions(parse(text), accepted));
  sayLosses(call, imported.losses);
  const { commandsText } = await import('../../config/index.ts');
  const yaml = commandsText(imported, owner);
  if (call.json) call.print({ text: yaml, losses: imported.losses.map((loss) => ({ ...loss })) });
  else call.write(yaml.trimEnd());
}

function readText(call: Call, file: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(resolve(call.io.cwd, file));
  } catch (cause) {
    throw new CliError('failed', `${file} cannot be read`, { cause });
  }
  if (bytes.length > FILE_BYTES_MAX) throw new CliError('failed', `${file} is larger than ${FILE_BYTES_MAX} bytes`);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new CliError('failed', `${file} is not UTF-8`, { cause });
  }
}

function parse(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (cause) {
    throw new CliError('failed', 'The permissions of claude are read from JSON, and this is none', { cause });
  }
}

function read(file: string, reading: () => Imported): Imported {
  try {
    return reading();
  } catch (thrown) {
    if (thrown instanceof CliError) throw thrown;
    throw new CliError('failed', `${file} is refused`, { why: asFault(thrown).publicText, cause: thrown });
  }
}
