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

/** Workers that are still starting miss their first deadlines. */
const ATTEMPTS = 8;
const PAUSE_MS = 250;

async function seen(inspect: Inspect, text: string) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return (await inspect(text)).findings;
    } catch (cause) {
      if (attempt >= ATTEMPTS) throw refuse('with a scanner that fails', cause);
    }
    await new Promise((resolve) => void setTimeout(resolve, PAUSE_MS * attempt));
  }
}

const refuse = (how: string, cause?: unknown): Fault =>
  new Fault('config.invalid', `The memory server does not start ${how}.`, cause === undefined ? {} : { cause });
