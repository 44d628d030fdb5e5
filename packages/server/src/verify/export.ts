/**
 * Offline verification of an exported ledger: files and a public key in, a report out. Nothing here knows the store or the writer.
 *
 * Layout of an export (every other file, link or empty directory is a finding):
 * - `checkpoint`: the signed note, verbatim, of a tree of `size` entries.
 * - `tile/<L>/<N>[.p/<W>]`: all full tiles of every level and, per level, the partial one of `size`. Stale partial tiles may be there.
 * - `tile/entries/<N>[.p/<W>]`: all bundles, the last one partial; those below the index of a `log.pruned` entry are left out, and those
 *   that the verifier's owner does without (`from`).
 * - `manifest.json`: exactly `formatManifest` of the facts, so that it says nothing of its own.
 * - `log.vkey` (optional, informative): one verifier key per line; the key that is trusted comes from the verifier's owner.
 * - `payloads/<digest>` (optional directory): blind of 32 bytes and payload, decrypted; only those that an exported entry names.
 *   Payloads held elsewhere: `payloadsDir`.
 * - `since` (optional): an older checkpoint of the log, compared like a kept one but proving nothing by itself.
 */
import { opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { asFault, Fault } from '@countersign/kernel/fault';
import {
  formatManifest,
  formatVkey,
  hexEncode,
  type LedgerEntry,
  NOTE_BYTES_MAX,
  parseVkey,
  sameBytes,
  TILE_WIDTH,
  type TrustContext,
  utf8Decode,
} from '@countersign/kernel/ledger';
import { Chains } from './chains.ts';
import { checkDirectory, type DirectoryFacts, firstBody } from './directory.ts';
import { readBounded } from './files.ts';
import { type Continuation, checkContinuation, type Head, openHead } from './head.ts';
import { checkPayload, PAYLOAD_NAME } from './payloads.ts';
import { rebuild } from './rebuild.ts';
import { Relations } from './relations.ts';
import { Findings, type TrustBasis, type VerifyReport } from './report.ts';
import { relate, Sense } from './sense.ts';
import { sha256, sha256Hex } from './sha256.ts';
import { type TrustSource, trustOf } from './trust-source.ts';

/** The manifest and the keys are small. */
const SMALL_FILE_BYTES_MAX = 64 * 1_024;

export interface VerifyOptions extends TrustSource {
  /** A checkpoint that the verifier's owner kept from before, as the bytes of its note. */
  readonly since?: Uint8Array;
  /** Bodies of whole bundles before this index need not be there: its owner asked for the log from there on. */
  readonly from?: number;
  /** Payload files instead of the export's own `payloads`. */
  readonly payloadsDir?: string;
}

interface Verification {
  readonly dir: string;
  readonly head: Head;
  readonly from: number;
  readonly findings: Findings;
  readonly relations: Relations;
}

/** Verifies the export in `dir`. Faults only for a key or policy that can't be used; everything else is in the report. */
export async function verifyExport(dir: string, options: VerifyOptions): Promise<VerifyReport> {
  const trust = trustOf(options);
  const findings = new Findings();
  const presented = await readSmall(dir, 'checkpoint', findings);
  const kept = options.since ?? null;
  const inExport = await readBounded(join(dir, 'since'), NOTE_BYTES_MAX).catch(() => null);
  const head = presented === null ? null : openHead({ presented, kept, inExport }, trust, findings);
  if (presented === null || head === null) return report(null, findings, []);
  const relations = new Relations();
  try {
    // Pruned bundles are gone from the front; whether that was right is for the `log.pruned` entries to say.
    const from = await firstBody(dir, head.checkpoint.size);
    const { kept: continues, fork } = await verifyFiles({ dir, head, from, findings, relations }, trust, options);
    const basis: TrustBasis[] = ['log-key'];
    if (continues) basis.push('kept-checkpoint');
    if (trust.policy.quorum.kind !== 'none') basis.push('witnesses');
    return { ...report(head, findings, basis), fork };
  } finally {
    await relations.close();
  }
}

async function verifyFiles(
  run: Verification,
  trust: TrustContext,
  { payloadsDir, from: acceptedFrom = 0 }: VerifyOptions,
): Promise<Continuation> {
  const { dir, head, from, findings, relations } = run;
  const { checkpoint, older } = head;
  for (const level of [2, 3, 4, 5, 6] as const) findings.checked(level);
  const chains = new Chains(findings, from > 0);
  const pruning = new Pruning(from, acceptedFrom);
  let org: string | null = null;
  const tree = await rebuild({
    dir,
    size: checkpoint.size,
    from,
    sizesBefore: new Set(older.map((each) => each.checkpoint.size)),
    findings,
    onEntry: (entry, index, leaf) => {
      chains.add(entry, index, leaf);
      relate(entry, index, relations);
      pruning.see(entry, index, findings);
      org ??= entry.org;
      if (entry.org !== org) findings.add(6, 'an entry of another organisation', { index });
    },
    onPause: () => relations.settle(),
  });
  const whole = sameBytes(tree.root, checkpoint.root);
  if (!whole) findings.add(2, 'the entries make another root than the checkpoint says');
  const continues = checkContinuation(head, whole ? tree.rootsBefore : null, findings);
  chains.finish();
  pruning.finish(findings);
  const onPayload = async (digest: string): Promise<void> => {
    relations.add(`p${digest}`, { index: checkpoint.size, event: 'file', amount: 0 });
    await relations.settle();
  };
  const inExport = payloadsDir === undefined;
  const facts = await checkDirectory({
    dir,
    size: checkpoint.size,
    from,
    findings,
    onPayload: inExport ? onPayload : async () => {},
  });
  if (!inExport) await listPayloads(payloadsDir, onPayload, findings);
  await checkSmallFiles(run, facts, trust);
  await checkRelations(run, payloadsDir ?? (facts.payloads === null ? null : join(dir, 'payloads')));
  return continues;
}

async function checkRelations({ from, findings, relations }: Verification, folder: string | null): Promise<void> {
  const sense = new Sense(findings, from > 0);
  for await (const part of relations.groups())
    for (const [key, records] of part)
      if (key.startsWith('p')) await checkPayload(key.slice(1), records, { folder, findings, pruned: from > 0 });
      else sense.check(key, records);
}

async function listPayloads(folder: string, onPayload: (digest: string) => Promise<void>, findings: Findings): Promise<void> {
  try {
    for await (const { name } of await opendir(folder)) {
      if (PAYLOAD_NAME.test(name)) await onPayload(name);
      else findings.add(5, 'the payload directory holds something else', { path: name });
    }
  } catch {
    findings.add(5, 'the payload directory cannot be read');
  }
}

class Pruning {
  readonly #from: number;
  #allowed: number;

  /** @param accepted the verifier's owner does without what is before */
  constructor(from: number, accepted: number) {
    this.#from = from;
    this.#allowed = accepted - (accepted % TILE_WIDTH);
  }

  see(entry: LedgerEntry, index: number, findings: Findings): void {
    if (entry.type !== 'log.pruned') return;
    const { below } = entry.detail;
    if (below % TILE_WIDTH !== 0 || below > index)
      findings.add(6, 'a pruning that is no whole number of earlier bundles', { index });
    this.#allowed = Math.max(this.#allowed, below);
  }

  finish(findings: Findings): void {
    if (this.#from > this.#allowed)
      findings.add(2, `the entries before ${this.#from} have no bodies, and neither a pruning nor \`--from\` accounts for them`);
  }
}

async function checkSmallFiles(
  { dir, head, from, findings }: Verification,
  facts: DirectoryFacts,
  trust: TrustContext,
): Promise<void> {
  const { origin, size, root } = head.checkpoint;
  const digestOf = async (path: string): Promise<string | null> => {
    const bytes = facts.names.has(path) ? await readSmall(dir, path, findings) : null;
    return bytes === null ? null : sha256Hex(bytes);
  };
  const due = formatManifest({
    origin,
    size,
    root: hexEncode(root),
    from,
    tiles: facts.tiles,
    bundles: facts.bundles,
    payloads: facts.payloads,
    checkpointDigest: (await digestOf('checkpoint')) ?? '',
    vkeyDigest: await digestOf('log.vkey'),
    sinceDigest: await digestOf('since'),
  });
  const manifest = await readSmall(dir, 'manifest.json', findings);
  if (manifest !== null && !sameBytes(manifest, due))
    findings.add(2, 'the manifest does not fit the other files', { path: 'manifest.json' });
  if (facts.names.has('log.vkey')) await checkVkeyFile(dir, trust, findings);
}

/** The file proves nothing; but one that names other keys than the verifier's owner trusts would mislead people. */
async function checkVkeyFile(dir: string, { policy }: TrustContext, findings: Findings): Promise<void> {
  const bytes = await readSmall(dir, 'log.vkey', findings);
  if (bytes === null) return;
  try {
    const keys = utf8Decode(bytes)
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => parseVkey(line, sha256));
    // Whole keys: ids of four bytes can be made to fit.
    const trusted = new Set(policy.logs.map(({ key }) => formatVkey(key)));
    if (!keys.some((one) => trusted.has(formatVkey(one))))
      throw new Fault('ledger.format', 'the keys are not those that are trusted');
  } catch (thrown) {
    findings.add(2, asFault(thrown).publicText, { path: 'log.vkey' });
  }
}

async function readSmall(dir: string, path: string, findings: Findings): Promise<Uint8Array | null> {
  const level = path === 'checkpoint' ? 1 : 2;
  try {
    const bytes = await readBounded(join(dir, path), level === 1 ? NOTE_BYTES_MAX : SMALL_FILE_BYTES_MAX);
    if (bytes === null) findings.add(level, 'the file is missing', { path });
    return bytes;
  } catch (thrown) {
    findings.add(level, asFault(thrown).publicText, { path });
    return null;
  }
}

function report(head: Head | null, findings: Findings, basis: readonly TrustBasis[]): VerifyReport {
  const checkpoint = head?.checkpoint;
  return {
    ok: head !== null && findings.total === 0,
    origin: checkpoint?.origin ?? null,
    size: checkpoint?.size ?? null,
    root: checkpoint === undefined ? null : hexEncode(checkpoint.root),
    basis,
    levels: findings.levels(),
    fork: null,
  };
}
