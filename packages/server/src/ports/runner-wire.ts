/**
 * What a node and a remote runner say to each other; docs/remote-runner.md has it for those who write another runner. Both know one secret: it is
 * the bearer token of each request, and the key of the code under which a result is accepted.
 */
import { createHmac } from 'node:crypto';
import type { Json } from '@countersign/kernel/json';
import { canonicalize } from '@countersign/kernel/ledger';
import type { GrantTerms } from './grant.ts';
import { isSameText } from './same-text.ts';
import type { SandboxReceipt, SandboxSpec } from './sandbox.ts';

export const RUNNER_PATH = '/runner/v1/sandboxes';
export const RUNNER_CAPABILITIES = '/runner/v1/capabilities';
export const DIGEST_HEADER = 'x-countersign-sha256';
/** Shorter ones could be guessed. */
export const SECRET_CHARS_MIN = 32;

/** What is to be made, and by which decision. */
export interface RunnerOrder {
  readonly grant: GrantTerms;
  /** As the node has it: the paths are the node's. */
  readonly spec: SandboxSpec;
  /** SHA-256, hex, of the workspace as it is sent, packed. */
  readonly workspace: string;
}

/** What came of it. */
export interface RunnerResult {
  readonly run: string;
  /** SHA-256, hex, of the order's canonical JSON. */
  readonly order: string;
  readonly receipt: SandboxReceipt;
  /** Of the workspace as it is sent back, packed; null where it may not be written. */
  readonly workspace: { readonly sha256: string; readonly bytes: number } | null;
}

const LABEL = 'countersign runner result v1';

/** Hex. */
export const resultCode = (secret: string, result: RunnerResult): string =>
  createHmac('sha256', secret)
    .update(`${LABEL}\n${canonicalize(result as unknown as Json)}`)
    .digest('hex');

export const codeHolds = (secret: string, result: RunnerResult, code: string): boolean =>
  isSameText(resultCode(secret, result), code);
