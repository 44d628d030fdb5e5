/** From the bytes of a published checkpoint to one that a policy trusts. */
import { checkEmptyRoot, type Checkpoint, parseCheckpoint } from './checkpoint.ts';
import type { SignatureChecks } from './cosignature.ts';
import { formatFault, type Sha256 } from './hash.ts';
import { openNote, parseNote, type VerifiedSignature } from './note.ts';
import { quorumMet, type TrustPolicy } from './policy.ts';

export interface TrustedCheckpoint extends Checkpoint {
  /** Key ids of the log's keys that signed. */
  readonly logKeys: readonly string[];
  /** Distinct witness keys whose cosignatures are valid. */
  readonly witnesses: number;
  /** Earliest and latest time of a cosignature, POSIX seconds; null without any. */
  readonly seen: { readonly earliest: number; readonly latest: number } | null;
}

export interface TrustContext {
  readonly policy: TrustPolicy;
  readonly sha256: Sha256;
  readonly checks: SignatureChecks;
  /** POSIX seconds. */
  readonly now: number;
}

/** Faults with `ledger.format` unless a log of the policy signed under its own origin and the quorum of witnesses is met. */
export function openCheckpoint(bytes: Uint8Array, { policy, sha256, checks, now }: TrustContext): TrustedCheckpoint {
  const keys = [...policy.logs, ...policy.witnesses].map(({ key }) => key);
  const { text, verified } = openNote(parseNote(bytes), keys, checks);
  const { origin, size, root, extensions } = parseCheckpoint(text);
  if (extensions.length > 0) throw formatFault('The checkpoint has extension lines');
  const logs = policy.logs.map(({ key }) => key);
  const logKeys = distinct(verified.filter(({ key }) => logs.includes(key) && key.name === origin));
  if (logKeys.length === 0) throw formatFault('No known key of the log signed the checkpoint under its origin');
  if (!quorumMet(policy.quorum, verified, now)) throw formatFault('The quorum of witnesses is not met');
  checkEmptyRoot({ origin, size, root }, sha256);
  const cosigned = verified.filter(({ key }) => !logs.includes(key));
  const times = cosigned.flatMap(({ time }) => (time === null ? [] : [time]));
  const seen = times.length === 0 ? null : { earliest: Math.min(...times), latest: Math.max(...times) };
  return { origin, size, root, logKeys, witnesses: distinct(cosigned).length, seen };
}

const distinct = (signatures: readonly VerifiedSignature[]): string[] => [...new Set(signatures.map(({ key }) => key.keyId))];
