/** What the files of a client are made from, and the addresses in them. */
import { createHash } from 'node:crypto';
import { canonicalize } from '@countersign/kernel/ledger';
import type { ClientSettings } from '../../ports/clients.ts';

/** One command rule in Codex' form: how the words of a command begin. */
export interface CodexRule {
  /** Each word, or the words that may stand there. */
  readonly pattern: readonly (string | readonly string[])[];
  /** An allow is refused by the client, and is ours to say. */
  readonly decision: 'prompt' | 'forbidden';
  readonly justification: string;
}

/** Rules of commands.yaml in the clients' own forms: for good sentences at the keyboard, never the enforcement. */
export interface ClientRules {
  readonly codex: readonly CodexRule[];
  /** Such as `Bash(git push:*)`. */
  readonly claudeAsk: readonly string[];
  readonly claudeDeny: readonly string[];
}

export const NO_RULES: ClientRules = Object.freeze({ codex: [], claudeAsk: [], claudeDeny: [] });

/** What a device's own copy has besides. */
export interface DeviceTerms {
  /** The key with which this device's hooks and tools speak to us. */
  readonly key: string;
}

export interface RenderTerms {
  readonly settings: ClientSettings;
  /** How the machine reaches us, without a slash at the end. */
  readonly origin: string;
  readonly rules: ClientRules;
  /**
   * Paths below the work tree that are there. Codex starts its sandbox now and then without success where a named path is missing, so it is told
   * of no other; absent: of none.
   */
  readonly present?: readonly string[];
  readonly device?: DeviceTerms;
  /** Claude Code's local floor: it signs a device in, and gets everything else then. */
  readonly signIn?: boolean;
  /** Where Codex fetches newer settings, for the local floor. */
  readonly configServer?: string;
}

/** Raised whenever the generators write something else for the same settings: machines then fetch anew. */
const FORMAT = 1;

/** What a client shows on each call as proof of which settings it has: 32 hex digits over settings, rules and generator. */
export function settingsDigest({ settings, origin, rules }: RenderTerms): string {
  const text = canonicalize({ format: FORMAT, settings: { ...settings }, origin, rules: { ...rules } } as never);
  return createHash('sha256').update(text, 'utf8').digest('hex').slice(0, 32);
}

/** Environment variables of a client that has no device: the key, and the mandate where the key does not carry one. */
export const TOKEN_VARIABLE = 'COUNTERSIGN_TOKEN';
export const MANDATE_VARIABLE = 'COUNTERSIGN_MANDATE';

/** Name of our tool door in the clients' tool lists. Codex' hooks ask there, too. */
export const TOOLS_SERVER = 'countersign';

export const addresses = (origin: string) => ({
  tools: `${origin}/mcp`,
  claudeHooks: `${origin}/hooks/claude`,
  openai: `${origin}/openai/v1`,
  anthropic: `${origin}/anthropic`,
  telemetry: `${origin}/otlp`,
});

/** Seconds that a client waits for us: a decision, and a person. Ours are shorter. */
export const DECISION_SECONDS = 10;
export const PERSON_SECONDS = 600;

/** What the model is told besides its task. */
export const INSTRUCTIONS =
  'Countersign decides what you may do here. A denial says what would be allowed instead and who may lift it: follow it, and do not work around it.';
