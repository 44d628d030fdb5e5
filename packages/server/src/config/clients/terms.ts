/** What the files of a client are made from, and the addresses in them. */
import { createHash } from 'node:crypto';
import type { CommandRules } from '@countersign/kernel/command';
import { claudePermissions, codexPrefixRules, type CodexPrefixRule } from '@countersign/kernel/exchange';
import { canonicalize } from '@countersign/kernel/ledger';
import type { ClientSettings } from '../../ports/clients.ts';

/** Rules of commands.yaml in the clients' own forms: for good sentences at the keyboard, never the enforcement. */
export interface ClientRules {
  readonly codex: readonly CodexPrefixRule[];
  /** Such as `Bash(git push *)`. */
  readonly claudeDeny: readonly string[];
}

/**
 * What a client's form cannot say exactly asks about more rather than forbids more: our hooks decide each command by the rule itself. Claude Code
 * is given no questions of ours, since it would ask again after our door did.
 */
export function clientRules(commands: CommandRules): ClientRules {
  const guards = { ...commands, rules: commands.rules.filter(({ decision }) => decision !== 'allow') };
  return {
    codex: codexPrefixRules(guards, { acceptWider: true }).rules,
    claudeDeny: claudePermissions(guards, { acceptWider: true }).permissions.deny,
  };
}

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
