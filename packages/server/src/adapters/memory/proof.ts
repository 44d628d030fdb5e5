/** A scanner that sees neither a key nor a card is none, whatever it says of other texts: it is asked once, before anything is remembered. */
import { Fault } from '@countersign/kernel/fault';
import type { Inspect } from './deps.ts';
import { isRefused } from './screen.ts';

/** Put together when they are needed: nobody's, and yet what scanners look for. */
const SAMPLES = [
  { what: 'a payment card', text: () => `Her card is ${['4539', '1488', '0343', '6467'].join(' ')}.` },
  { what: 'a secret', text: () => `The key is ${['AKIA', 'Q3EGRIDVNL5XUTZM'].join('')}.` },
] as const;

/** @throws Fault config.invalid */
export async function prove(inspect: Inspect): Promise<void> {
  if (typeof inspect !== 'function') throw refuse('without a scanner for secrets and card numbers');
  for (const { what, text } of SAMPLES) {
    const findings = await seen(inspect, text());
    if (!findings.some(isRefused)) throw refuse(`with a scanner that does not see ${what}`);
  }
}

async function seen(inspect: Inspect, text: string) {
  try {
    return (await inspect(text)).findings;
  } catch (cause) {
    throw refuse('with a scanner that fails', cause);
  }
}

const refuse = (how: string, cause?: unknown): Fault =>
  new Fault('config.invalid', `The memory server does not start ${how}.`, cause === undefined ? {} : { cause });
