/** Command rules of a governance directory, and the table of what was lost between formats. */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { CommandRules } from '@countersign/kernel/command';
import { isWider, type Loss } from '@countersign/kernel/exchange';
import { type Call, cell, table } from '../call.ts';
import { CliError } from '../exit.ts';
import { sayFindings } from '../governance.ts';

/** @throws CliError with everything that is wrong with the rules */
export async function rulesOf(call: Call, directory: string): Promise<CommandRules> {
  const { readCommandRules, readDirectory } = await import('../../config/index.ts');
  const { rules, findings } = readCommandRules(await readDirectory(directory));
  await sayFindings(call, findings);
  if (rules !== undefined) return rules;
  throw new CliError('failed', `The command rules of ${directory} are refused`, {
    next: `mend what is said above, or start from \`countersign init\``,
  });
}

export const hasRules = (directory: string): boolean => existsSync(join(directory, 'commands.yaml'));

export const isDirectory = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

const CLIENTS = ['codex', 'claude'] as const;
export type ClientName = (typeof CLIENTS)[number];

export function clientOf(call: Call): ClientName {
  const given = call.arg(0);
  const client = CLIENTS.find((name) => name === given);
  if (client === undefined) throw new CliError('usage', `\`${given}\` is none of ${CLIENTS.join(', ')}`);
  return client;
}

/** Tells what is lost, and refuses what is wider unless that was accepted. */
export function sayLosses(call: Call, losses: readonly Loss[]): void {
  if (losses.length > 0 && !call.json)
    call.say(
      table(
        ['rule', 'against before', 'what changes'],
        losses.map(({ rule, effect, change }) => [cell(rule), effect, cell(change)]),
      ),
    );
  const wider = losses.filter(isWider);
  if (wider.length === 0 || call.flag('acceptWider')) return;
  throw new CliError('failed', `${wider.length} of these would let more through, so nothing is written`, {
    why: wider
      .slice(0, 3)
      .map(({ rule, change }) => `${rule}: ${change}`)
      .join('; '),
    next: 'accept that with `--accept-wider`',
  });
}
