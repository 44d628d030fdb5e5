import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  formatProofFile,
  formatVkey,
  inclusionPlan,
  KEY_TYPES,
  parseTilePath,
  proofFrom,
  tilePath,
  tileSource,
  verifierKey,
} from '@countersign/kernel/ledger';
import { afterEach, describe, expect, test } from 'vitest';
import {
  printReport,
  sha256,
  type VerifyOptions,
  type VerifyReport,
  verifyExport,
  verifyProofDocument,
  verifyProofFile,
} from './index.ts';
import { exportFiles, newLogKey, newWitnessKey, sampleLedger, signedCheckpoint, writeFiles } from './sample/index.ts';

const key = newLogKey('sample.example/log');
const ledger = sampleLedger({ acts: 180, seed: 1, payloadBytes: 20 });
const files = exportFiles(ledger, { keys: [key] });
const size = ledger.entries.length;
const folders: string[] = [];

afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

async function folderOf(content: ReadonlyMap<string, Uint8Array>): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'countersign-export-'));
  folders.push(dir);
  await writeFiles(dir, content);
  return dir;
}

const verifyFiles = async (
  content: ReadonlyMap<string, Uint8Array>,
  options: Partial<VerifyOptions> = {},
): Promise<VerifyReport> =>
  verifyExport(await folderOf(content), { ...(options.policy === undefined ? { vkey: key.vkey } : {}), ...options });

const failedLevels = (report: VerifyReport): number[] =>
  report.levels.filter(({ status }) => status === 'failed').map(({ level }) => level);
const without = (path: string): Map<string, Uint8Array> => new Map([...files].filter(([each]) => each !== path));
const checkpoint = files.get('checkpoint') ?? new Uint8Array(0);

describe('an honest export', () => {
  test('verifies on all six levels, and says what it rests on', async () => {
    const report = await verifyFiles(exportFiles(ledger, { keys: [key], staleSize: 300 }));
    expect(report.ok).toBe(true);
    expect(report.levels.map(({ status }) => status)).toEqual(Array.from({ length: 6 }, () => 'passed'));
    expect(report.levels[2]?.counts).toEqual({ entries: size });
    expect(report.basis).toEqual(['log-key']);
    expect(printReport(report)).toContain("VERIFIED, resting on the log's own signature\n");
  });

  test('verifies while keys rotate, under a policy that knows either key', async () => {
    const next = newLogKey('sample.example/log');
    const rotating = exportFiles(ledger, { keys: [key, next] });
    for (const { vkey } of [key, next])
      expect((await verifyFiles(rotating, { policy: `log ${vkey}\nquorum none\n` })).ok).toBe(true);
  });

  test('rests on witnesses where the policy asks for them, and fails without their quorum', async () => {
    const [a, b] = [newWitnessKey('a.example'), newWitnessKey('b.example')];
    const policy = `log ${key.vkey}\nwitness a ${a.vkey}\nwitness b ${b.vkey}\ngroup both all a b\nquorum both\n`;
    expect((await verifyFiles(exportFiles(ledger, { keys: [key], witnesses: [a, b] }), { policy })).basis).toEqual([
      'log-key',
      'witnesses',
    ]);
    expect(failedLevels(await verifyFiles(exportFiles(ledger, { keys: [key], witnesses: [a] }), { policy }))).toEqual([1]);
  });

  test('verifies with pruned bodies only where an entry accounts for the pruning', async () => {
    const pruned = sampleLedger({ acts: 180, seed: 2, prunedBelow: 256 });
    expect((await verifyFiles(exportFiles(pruned, { keys: [key], from: 256 }))).ok).toBe(true);
    expect(
      failedLevels(await verifyFiles(exportFiles(sampleLedger({ acts: 180, seed: 2 }), { keys: [key], from: 256 }))),
    ).toEqual([2]);
  });

  test('verifies as a range where its owner does without the bodies before, and only then', async () => {
    const range = exportFiles(ledger, { keys: [key], from: 256 });
    const report = await verifyFiles(range, { from: 300 });
    expect([report.ok, report.levels[1]?.counts['leaves without body'], report.levels[2]?.counts]).toEqual([
      true,
      256,
      { entries: size - 256 },
    ]);
    for (const from of [0, 255]) expect(failedLevels(await verifyFiles(range, { from }))).toEqual([2]);
    expect((await verifyFiles(files, { from: 300 })).ok).toBe(true);
  });

  test('verifies without payloads, and with payloads that are held elsewhere', async () => {
    const bare = exportFiles(ledger, { keys: [key], withPayloads: false });
    expect((await verifyFiles(bare)).levels[4]?.counts['not handed over']).toBe(ledger.payloads.size);
    const payloadsDir = await folderOf(ledger.payloads);
    expect((await verifyFiles(bare, { payloadsDir })).levels[4]?.counts['verified']).toBe(ledger.payloads.size);
  });

  test('goes on from a kept checkpoint', async () => {
    const older = exportFiles({ ...ledger, entries: ledger.entries.slice(0, 257) }, { keys: [key] }).get('checkpoint');
    expect((await verifyFiles(files, { since: older ?? checkpoint })).basis).toEqual(['log-key', 'kept-checkpoint']);
    const empty = exportFiles({ entries: [], payloads: new Map() }, { keys: [key] });
    expect((await verifyFiles(empty)).ok).toBe(true);
    // Every log goes on from an empty one, so that rests on nothing.
    expect(await verifyFiles(files, { since: empty.get('checkpoint') ?? checkpoint })).toMatchObject({
      ok: true,
      basis: ['log-key'],
    });
  });
});

describe('a changed export', () => {
  test('that was forked with the log’s own key shows both notes', async () => {
    const [first, second, third, ...rest] = ledger.entries;
    if (first === undefined || second === undefined || third === undefined) throw new Error('the sample has entries');
    const forked = exportFiles({ ...ledger, entries: [second, first, third, ...rest] }, { keys: [key] });
    expect((await verifyFiles(forked)).ok).toBe(true);
    const report = await verifyFiles(forked, { since: checkpoint });
    expect(failedLevels(report)).toEqual([1]);
    expect(report.fork).toEqual({
      kept: Buffer.from(checkpoint).toString(),
      presented: Buffer.from(forked.get('checkpoint') ?? '').toString(),
    });
  });

  test('of which a file is broken is no fork: nothing about its history follows', async () => {
    const since = exportFiles({ ...ledger, entries: ledger.entries.slice(0, 257) }, { keys: [key] }).get('checkpoint');
    const bundle = Uint8Array.from(files.get('tile/entries/000') ?? []);
    bundle[40] = (bundle[40] ?? 0) ^ 1;
    const report = await verifyFiles(new Map([...files, ['tile/entries/000', bundle]]), { since: since ?? checkpoint });
    expect([report.ok, report.fork, report.basis]).toEqual([false, null, ['log-key']]);
    expect(report.levels[0]?.findings).toEqual([
      { text: 'whether the log goes on from its checkpoint of 257 entries (kept) cannot be told from these files' },
    ]);
  });

  test('with a size that its files are far from is not looked at for long', async () => {
    const lie = signedCheckpoint({ size: 2 ** 53 - 1, root: new Uint8Array(32) }, { keys: [key] });
    for (const content of [files, without('tile/entries/000'), new Map<string, Uint8Array>()])
      expect((await verifyFiles(new Map([...content, ['checkpoint', lie]]))).ok).toBe(false);
  });

  test('that was rolled back is older than what was kept', async () => {
    const older = exportFiles({ ...ledger, entries: ledger.entries.slice(0, -1) }, { keys: [key], withPayloads: false });
    const report = await verifyFiles(older, { since: checkpoint });
    expect(report.levels[0]?.findings).toEqual([{ text: `the log had ${size} entries (kept), and shows ${size - 1} now` }]);
  });

  test('of another key, or without checkpoint, is not looked at further', async () => {
    for (const report of [
      await verifyFiles(files, { vkey: newLogKey('sample.example/log').vkey }),
      await verifyFiles(without('checkpoint')),
    ]) {
      expect(report).toMatchObject({ ok: false, origin: null, basis: [] });
      expect(report.levels.slice(1).every(({ status }) => status === 'not-checked')).toBe(true);
    }
  });

  test('without any one of its files fails', async () => {
    for (const path of files.keys()) {
      if (path.startsWith('payloads/') && !path.startsWith('payloads/0')) continue;
      expect([path, (await verifyFiles(without(path))).ok]).toEqual([path, false]);
    }
  });

  test('with a link in place of a file fails', async () => {
    const dir = await folderOf(without('tile/0/000'));
    await symlink('/dev/zero', join(dir, 'tile/0/000'));
    expect(failedLevels(await verifyExport(dir, { vkey: key.vkey }))).toEqual([2]);
  });

  test('keeps no more findings than it prints, and counts them all', async () => {
    const broken = new Map([...files].map(([path, bytes]) => [path, path.startsWith('payloads/') ? new Uint8Array(40) : bytes]));
    const payloads = (await verifyFiles(broken)).levels[4];
    expect(payloads?.findingCount).toBe(ledger.payloads.size);
    expect(payloads?.findings.length).toBe(50);
  });
});

describe('trust', () => {
  const fault = expect.objectContaining({ code: 'ledger.format' });
  const identity = verifierKey(
    'sample.example/log',
    KEY_TYPES.ed25519,
    Uint8Array.of(1, ...Array.from({ length: 31 }, () => 0)),
    sha256,
  );
  test.each<readonly [string, Partial<VerifyOptions>]>([
    ['neither key nor policy', {}],
    ['both', { vkey: key.vkey, policy: 'quorum none\n' }],
    ['a policy without log', { policy: 'quorum none\n' }],
    ['a key of small order', { vkey: formatVkey(identity) }],
    ['no key at all', { vkey: '' }],
  ])('%s is refused before anything is read', async (_, options) => {
    await expect(verifyExport('/nowhere', options)).rejects.toThrow(fault);
  });
});

describe('a proof file', () => {
  const readTile = (tile: { level: number; index: number; width: number }): Uint8Array =>
    files.get(tilePath(tile)) ?? new Uint8Array(0);
  const proofOf = (index: number): Uint8Array =>
    formatProofFile({
      index,
      proof: proofFrom(inclusionPlan(index, size), tileSource(readTile, size, sha256), sha256),
      checkpoint,
      extra: null,
    });
  const bodyOf = (index: number): Uint8Array => ledger.entries[index]?.bytes ?? new Uint8Array(0);

  test('made from tiles alone proves its entry, and no other', () => {
    for (const index of [0, 1, 255, 256, size - 1]) {
      expect(verifyProofFile(proofOf(index), bodyOf(index), { vkey: key.vkey })).toMatchObject({
        ok: true,
        index,
        size,
        basis: ['log-key'],
      });
      expect(verifyProofFile(proofOf(index), bodyOf(size - 2), { vkey: key.vkey })).toEqual({
        ok: false,
        text: 'The inclusion proof leads to another root',
      });
    }
    expect(verifyProofFile(proofOf(3), bodyOf(3), { vkey: newLogKey('sample.example/log').vkey }).ok).toBe(false);
    expect(verifyProofFile(proofOf(3).subarray(1), bodyOf(3), { vkey: key.vkey }).ok).toBe(false);
    expect(verifyProofFile(proofOf(3), Buffer.concat([bodyOf(3), Buffer.from('\n')]), { vkey: key.vkey }).ok).toBe(false);
  });
});

describe('the document of a proof', () => {
  const proof = Buffer.from(
    formatProofFile({
      index: 3,
      proof: proofFrom(
        inclusionPlan(3, size),
        tileSource((tile) => files.get(tilePath(tile)) ?? new Uint8Array(0), size, sha256),
        sha256,
      ),
      checkpoint,
      extra: null,
    }),
  ).toString();
  const body = Buffer.from(ledger.entries[3]?.bytes ?? []).toString('base64');
  const honest = { seq: 3, proof, verifierKey: key.vkey, body };
  const verdict = (document: string) => verifyProofDocument(Buffer.from(document), { vkey: key.vkey });

  test('is proven with all that it says', () => {
    expect(verdict(JSON.stringify(honest, null, 2))).toMatchObject({ ok: true, index: 3 });
  });

  test.each<[string, object]>([
    ['another index', { seq: 4 }],
    ['another key', { verifierKey: newLogKey('sample.example/log').vkey }],
    ['another entry', { body: Buffer.from(ledger.entries[4]?.bytes ?? []).toString('base64') }],
    ['another spelling of the entry', { body: `${body.slice(0, 8)}\n${body.slice(8)}` }],
    ['half of a letter', { proof: `${proof}\ud800` }],
    ['something more', { note: 'approved' }],
    ['a proof that is no text', { proof: 1 }],
  ])('with %s is not', (_name, change) => {
    expect(verdict(JSON.stringify({ ...honest, ...change })).ok).toBe(false);
  });

  test('that is none says so', () => {
    for (const text of ['', '{}', '[]', 'null', JSON.stringify(honest).slice(0, -1)]) expect(verdict(text).ok).toBe(false);
  });
});

test('the sample holds every kind of file that an export may have', () => {
  const kinds = new Set([...files.keys()].map((path) => parseTilePath(path)?.kind ?? path.split('/')[0]));
  expect([...kinds].sort()).toEqual(['checkpoint', 'entries', 'log.vkey', 'manifest.json', 'payloads', 'tile']);
});
