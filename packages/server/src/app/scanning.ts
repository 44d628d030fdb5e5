/** The scanner of this process, opened once, and what the rooms are given of it. */
import { createHash } from 'node:crypto';
import type { Json } from '@countersign/kernel/json';
import { FINDING_KINDS, judgeDefinition, type Profile } from '@countersign/kernel/redact';
import type { DefinitionFinding } from '@countersign/kernel/tool';
import type { Inspect } from '../adapters/memory/index.ts';
import { openScanner } from '../adapters/scanner/index.ts';
import { Fault } from '@countersign/kernel/fault';
import type { Log } from '../ports/log.ts';
import type { Scanner } from '../ports/scanner.ts';
import type { Signer } from '../ports/signer.ts';

/** The key of fingerprints and placeholders: the same on all nodes of an installation, apart from every other use of the signing key. */
const scanKey = (signer: Signer): Uint8Array =>
  createHash('sha256')
    .update(signer.sign(Buffer.from('countersign scanner v1')))
    .digest();

/** Workers run compiled code: from the sources of a checkout, that of its build. */
const script = (): URL =>
  import.meta.url.endsWith('.ts')
    ? new URL('../../dist/adapters/scanner/worker.js', import.meta.url)
    : new URL('../adapters/scanner/worker.js', import.meta.url);

export const openScanning = (signer: Signer, log: Log): Scanner => openScanner({ key: scanKey(signer), log, script: script() });

const EVERYTHING: Profile = { place: 'prose', regions: [], kinds: FINDING_KINDS, redact: [] };

/** What the memory asks of a text; one that cannot be judged in time is not remembered. */
export const memoryInspect =
  (scanner: Scanner): Inspect =>
  async (text) => {
    const { findings, unscannable } = await scanner.scan(text, { profile: EVERYTHING });
    if (unscannable !== undefined) throw new Fault('store.busy', 'The text could not be checked in time.');
    return { findings };
  };

const EXCERPT_AROUND = 24;

/** The scanner's view of a definition, in the catalogue's terms. The excerpt shows what surrounds it, with what does not show written out. */
export function catalogueJudge(definition: Json): readonly DefinitionFinding[] {
  return judgeDefinition(definition).map(({ rule, kind, pointer, start, end }) => ({
    rule,
    kind,
    path: pointer,
    excerpt: visible(textAt(definition, pointer).slice(Math.max(0, start - EXCERPT_AROUND), end + EXCERPT_AROUND)),
  }));
}

function textAt(definition: Json, pointer: string): string {
  let at: unknown = definition;
  for (const part of pointer.split('/').slice(1)) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
    at = typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[name] : undefined;
  }
  // A finding in a member's name points at the member.
  return typeof at === 'string' ? at : (pointer.split('/').pop() ?? '');
}

const visible = (text: string): string =>
  text.replace(/[^\x20-\x7e]/gu, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`).slice(0, 120);
