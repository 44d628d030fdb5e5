/** `ledger verify` of what `ledger prove` printed: one entry, and the proof that it is in the log. */
import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import { PROOF_HEADER } from '@countersign/kernel/ledger';
import {
  printProofReport,
  type ProofReport,
  type TrustSource,
  verifyProofDocument,
  verifyProofFile,
} from '../../verify/index.ts';
import type { Call } from '../call.ts';
import { CliError, type ExitName } from '../exit.ts';

/** A checkpoint, key or policy is small; a larger file is another one. */
const SMALL_BYTES_MAX = 65_536;
/** More than any proof or its document has, so that what is cut here is refused there. */
const PROOF_BYTES_MAX = 4_000_000;

/** Content of a small file. Faults where it cannot be read or is larger. */
export async function small(call: Call, path: string): Promise<Buffer> {
  const bytes = await beginning(call, path, SMALL_BYTES_MAX + 1);
  if (bytes.length > SMALL_BYTES_MAX) throw new CliError('failed', `${path} is too large for what it should be`);
  return bytes;
}

const beginning = (call: Call, path: string, bytesMax: number): Promise<Buffer> =>
  readAtMost(resolve(call.io.cwd, path), bytesMax).catch((cause: unknown) => {
    throw new CliError('failed', `${path} cannot be read`, { cause });
  });

/** Devices and pipes say nothing of their size. */
async function readAtMost(path: string, bytesMax: number): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const bytes = Buffer.alloc(bytesMax);
    let at = 0;
    for (let read = -1; read !== 0 && at < bytesMax; at += read)
      ({ bytesRead: read } = await file.read(bytes, at, bytesMax - at, null));
    return bytes.subarray(0, at);
  } finally {
    await file.close();
  }
}

/** A `.tlog-proof` with `--entry`, or the JSON document of `ledger prove --json`, which has both. */
export async function verifyProof(call: Call, trust: TrustSource): Promise<ExitName> {
  const whole = await beginning(call, call.arg(0), PROOF_BYTES_MAX);
  const entry = call.text('entry');
  const report = entry === undefined ? withEntry(whole, trust) : verifyProofFile(whole, await small(call, entry), trust);
  if (call.json) call.print(report);
  else call.write(printProofReport(report));
  return report.ok ? 'ok' : 'unverified';
}

function withEntry(whole: Buffer, trust: TrustSource): ProofReport {
  if (whole.toString('latin1').startsWith(PROOF_HEADER))
    throw new CliError('usage', 'A proof is about an entry: name the file with its bytes', {
      next: '`--entry <file>`, or keep what `countersign ledger prove --json` prints, which has both',
    });
  return verifyProofDocument(whole, trust);
}
