/** What one run may reach: deny lists, the sets of its environment, repository and use case, and what its sandbox profile adds. */
import { type EgressProfile, type EgressRule, pathWithin } from '@countersign/kernel/egress';
import { Fault } from '@countersign/kernel/fault';
import {
  type BoundCredential,
  type EgressSettings,
  type EgressTemplate,
  UNFAMILIAR_MODES,
  type UnfamiliarMode,
} from './egress-settings.ts';

export interface ProfileTerms {
  /** Name of the profile for records: that of the sandbox. */
  readonly name: string;
  readonly environment: string;
  readonly repository: string | null;
  readonly useCase: string | null;
  /** A profile of egress.yaml. */
  readonly template?: string;
  /** Sets that the sandbox profile names itself. */
  readonly sets?: readonly string[];
  /** Rules of a profile file; its own `zone` is `profile`. */
  readonly rules?: readonly EgressRule[];
  /** Only ever stricter than what the environment has. */
  readonly unfamiliar?: UnfamiliarMode;
  readonly uploadBytes?: number;
  readonly downloadBytes?: number;
  readonly connections?: number;
}

/** @throws Fault config.invalid for a name that egress.yaml does not have, or a credential that is not for that host */
export function composeProfile(settings: EgressSettings, terms: ProfileTerms): EgressProfile {
  const template = templateOf(settings, terms.template);
  const inline = terms.rules ?? [];
  for (const rule of inline) checkCredential(settings, rule);
  const rules = [...setsOf(settings, terms, template).flatMap((name) => rulesOf(settings, name)), ...inline];
  const { limits } = settings;
  return {
    name: terms.name,
    // Deny rules first: a narrow denial must not lose to a wide permission that happens to stand above it.
    rules: [...settings.deny, ...rules.filter(isDenial), ...rules.filter((rule) => !isDenial(rule))],
    unfamiliar: strictest([own(settings.unfamiliar, terms.environment) ?? 'deny', template.unfamiliar, terms.unfamiliar]),
    uploadBytes: terms.uploadBytes ?? limits.uploadBytes,
    downloadBytes: terms.downloadBytes ?? limits.downloadBytes,
    connections: terms.connections ?? limits.connections,
  };
}

type Template = Pick<EgressTemplate, 'sets' | 'unfamiliar'>;

function templateOf({ profiles }: EgressSettings, name: string | undefined): Template {
  if (name === undefined) return { sets: [] };
  const found = profiles.find(({ id }) => id === name);
  if (found === undefined) throw unknown('profile', name);
  return found;
}

/** Each once, in order. */
function setsOf({ use }: EgressSettings, terms: ProfileTerms, template: Template): readonly string[] {
  return [
    ...new Set([
      ...use.always,
      ...(own(use.environments, terms.environment) ?? []),
      ...(own(use.repositories, terms.repository) ?? []),
      ...(own(use.useCases, terms.useCase) ?? []),
      ...template.sets,
      ...(terms.sets ?? []),
    ]),
  ];
}

function rulesOf({ sets }: EgressSettings, name: string): readonly EgressRule[] {
  const found = sets.find(({ id }) => id === name);
  if (found === undefined) throw unknown('set', name);
  return found.rules;
}

const isDenial = ({ decision }: EgressRule): boolean => decision === 'deny';

/** An own member only: names come from files. */
const own = <T>(record: Readonly<Record<string, T>>, name: string | null): T | undefined =>
  name !== null && Object.hasOwn(record, name) ? record[name] : undefined;

/** One that is absent says nothing. */
const strictest = (modes: readonly (UnfamiliarMode | undefined)[]): UnfamiliarMode =>
  UNFAMILIAR_MODES.find((mode) => modes.includes(mode)) ?? 'deny';

const unknown = (what: string, name: string): Fault => new Fault('config.invalid', `egress.yaml has no ${what} \`${name}\`.`);

/** @throws Fault config.invalid */
function checkCredential({ credentials }: EgressSettings, rule: EgressRule): void {
  if (rule.credential === undefined) return;
  const credential = credentials.find(({ name }) => name === rule.credential);
  if (credential === undefined) throw unknown('credential', rule.credential);
  if (!coversRule(credential, rule))
    throw new Fault('config.invalid', `The credential \`${rule.credential}\` is not for \`${rule.host}\` with these paths.`);
}

/** A credential goes to its own hosts and paths, whatever a rule says. */
export const coversRule = ({ hosts, paths }: BoundCredential, rule: EgressRule): boolean =>
  hosts.includes(rule.host) &&
  (paths === undefined ||
    (rule.paths !== undefined && rule.paths.every((path) => paths.some((prefix) => pathWithin(path, prefix)))));
