// How fast an exported ledger is verified offline, against the same run's in-memory rates of its parts. Run as a program after
// `npm run build`: node bench/verify-rate.mjs [entries]
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { canonicalize, leafHash, RightEdge } from '@countersign/kernel/ledger';
import oracle from 'canonicalize';

const verifier = new URL('../packages/server/dist/verify/', import.meta.url);

/** Runs per second of `once` over `count` things; the best of three. */
function rate(count, once) {
  let best = 0;
  for (let round = 0; round < 3; round++) {
    const began = performance.now();
    once();
    best = Math.max(best, (count * 1_000) / (performance.now() - began));
  }
  return Math.round(best);
}

/** `{verifyPerSecond, appendPerSecond, sealPerSecond, ...}` over a sample ledger of about `entries` entries. */
export async function measureVerify({ entries = 100_000 } = {}) {
  const { sha256, verifyExport } = await import(new URL('index.js', verifier).href);
  const { exportFiles, newLogKey, sampleLedger, writeFiles } = await import(new URL('sample/index.js', verifier).href);
  const ledger = sampleLedger({ acts: Math.ceil(entries / 2.15), seed: 1 });
  const key = newLogKey('sample.example/log');
  const count = ledger.entries.length;
  const bytes = ledger.entries.reduce((sum, entry) => sum + entry.bytes.length, 0) / count;
  const dir = await mkdtemp(join(tmpdir(), 'countersign-rate-'));
  try {
    await writeFiles(dir, exportFiles(ledger, { keys: [key] }));
    const bodies = ledger.entries.map((entry) => entry.bytes);
    const values = bodies.slice(0, 20_000).map((body) => JSON.parse(Buffer.from(body).toString('utf8')));
    const append = () => {
      const edge = new RightEdge(sha256);
      for (const body of bodies) edge.append(leafHash(body, sha256));
    };
    const seal = () => {
      const edge = new RightEdge(sha256);
      for (const value of values) edge.append(leafHash(Buffer.from(canonicalize(value)), sha256));
    };
    const print = (printed) => () => {
      for (const value of values) printed(value);
    };
    const appendPerSecond = rate(count, append);
    const sealPerSecond = rate(values.length, seal);
    const canonicalPerSecond = rate(values.length, print(canonicalize));
    const oraclePerSecond = rate(values.length, print(oracle));
    let verifyPerSecond = 0;
    for (let round = 0; round < 3; round++) {
      const began = performance.now();
      const report = await verifyExport(dir, { vkey: key.vkey });
      if (!report.ok) throw new Error('the sample does not verify');
      verifyPerSecond = Math.max(verifyPerSecond, Math.round((count * 1_000) / (performance.now() - began)));
    }
    return {
      entries: count,
      bytesPerEntry: Math.round(bytes),
      verifyPerSecond,
      appendPerSecond,
      sealPerSecond,
      verifyShareOfAppend: verifyPerSecond / appendPerSecond,
      verifyShareOfSeal: verifyPerSecond / sealPerSecond,
      canonicalPerSecond,
      canonicalShareOfPackage: canonicalPerSecond / oraclePerSecond,
      rssMegabytes: Math.round(process.memoryUsage.rss() / 2 ** 20),
    };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [entries] = process.argv.slice(2).map(Number);
  console.log(JSON.stringify(await measureVerify({ entries: entries || 100_000 })));
}
