/** Whom the verifier trusts: never anything that lies in the export itself. */
import { Fault } from '@countersign/kernel/fault';
import {
  parsePolicy,
  parseVkey,
  policyOfLog,
  type SignatureChecks,
  type TrustContext,
  type TrustPolicy,
  utf8Encode,
} from '@countersign/kernel/ledger';
import { importPublicKey, verifyEd25519 } from './ed25519.ts';
import { sha256 } from './sha256.ts';

export const CHECKS: SignatureChecks = { ed25519: verifyEd25519 };

/** ML-DSA-44 keys aren't verified on this platform; they only never help. */
const ED25519_BYTES = 32;

export interface TrustSource {
  /** Verifier key of the log, or the text of a policy file (C2SP tlog-policy). Exactly one of the two. */
  readonly vkey?: string;
  readonly policy?: string;
  /** POSIX seconds, for cosignatures from the future; the present by default. */
  readonly now?: number;
}

/** Faults with `ledger.format` on a key or policy that can't be trusted, before anything is verified with it. */
export function trustOf({ vkey, policy, now }: TrustSource): TrustContext {
  if ((vkey === undefined) === (policy === undefined)) throw new Fault('ledger.format', 'Give either a verifier key or a policy');
  const trusted: TrustPolicy =
    policy === undefined ? policyOfLog(parseVkey((vkey ?? '').trim(), sha256)) : parsePolicy(utf8Encode(policy), sha256);
  for (const { key } of [...trusted.logs, ...trusted.witnesses]) {
    if (key.key.length === ED25519_BYTES) importPublicKey(key.key);
  }
  if (trusted.logs.length === 0) throw new Fault('ledger.format', 'The policy names no log');
  return { policy: trusted, sha256, checks: CHECKS, now: now ?? Math.floor(Date.now() / 1_000) };
}

/** The same logs, asking no witness: for a checkpoint that its owner kept. */
export const withoutQuorum = (trust: TrustContext): TrustContext => ({
  ...trust,
  policy: { ...trust.policy, quorum: { kind: 'none' } },
});
