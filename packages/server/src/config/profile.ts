/** One profile file that is not part of a bundle, such as that of `countersign exec --profile`. */
import type { SandboxProfile } from '../ports/sandbox-profile.ts';
import { Fault } from '@countersign/kernel/fault';
import { Findings, findingText } from './finding.ts';
import { sandboxProfile } from './registry/profiles.ts';
import { parseFile } from './schema/parse.ts';

/** The rest is in the details. */
const FINDINGS_SHOWN = 5;

/**
 * @param text YAML; @param file its name, for findings and, where the profile has none, for the name of the profile
 * @throws Fault config.invalid with every finding
 */
export function readProfile(text: string, file: string): SandboxProfile {
  const findings = new Findings();
  const parsed = parseFile('profile', { file, text }, findings);
  const profile = parsed === undefined ? undefined : sandboxProfile(parsed, findings);
  if (profile !== undefined && !findings.failed) return profile;
  const errors = findings.sorted().filter(({ severity }) => severity === 'error');
  throw new Fault('config.invalid', `The profile is refused. ${errors.slice(0, FINDINGS_SHOWN).map(findingText).join('; ')}`, {
    details: { findings: errors.map((finding) => ({ ...finding })) },
  });
}
