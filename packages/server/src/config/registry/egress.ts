/** egress.yaml checked against itself and the other registries, and what it comes to. */
import type { EgressRule } from '@countersign/kernel/egress';
import { coversRule } from '../../ports/egress-profile.ts';
import { type BoundCredential, type EgressSettings, ZONES } from '../../ports/egress-settings.ts';
import type { Findings } from '../finding.ts';
import { durationMs } from '../schema/common.ts';
import { type EgressFile, transferBytes } from '../schema/egress.ts';
import type { Parsed } from '../schema/parse.ts';
import { egressRules, hostPattern, hostProblems, type RuleProblem, ruleProblems } from './egress-rules.ts';
import type { Registries } from './registries.ts';
import { mustExist, type Vocabulary } from './vocabulary.ts';

const RESERVED: ReadonlySet<string> = new Set(Object.values(ZONES));

export function checkEgress({ egress }: Registries, words: Vocabulary, findings: Findings): void {
  if (egress === undefined) return;
  checkDenials(egress, findings);
  checkSets(egress, findings);
  checkCredentials(egress, findings);
  checkNames(egress, words, findings);
  if (!findings.failed) checkBounds(egress, findings);
}

function report(
  egress: Parsed<EgressFile>,
  at: readonly PropertyKey[],
  problems: readonly RuleProblem[],
  findings: Findings,
): void {
  for (const { path, message, hint } of problems)
    findings.error(egress.at(...at, ...path), { code: 'egress.rule', message, ...(hint === undefined ? {} : { hint }) });
}

function once(egress: Parsed<EgressFile>, at: readonly PropertyKey[], ids: readonly string[], findings: Findings): void {
  ids.forEach((id, index) => {
    if (ids.indexOf(id) !== index)
      findings.error(egress.at(...at, index, 'id'), {
        code: 'registry.duplicate-id',
        message: `The rule \`${id}\` is there twice.`,
      });
  });
}

function checkDenials(egress: Parsed<EgressFile>, findings: Findings): void {
  const { deny } = egress.value;
  once(
    egress,
    ['deny'],
    deny.map(({ id }) => id),
    findings,
  );
  deny.forEach(({ hosts }, at) =>
    hosts.forEach((text, index) => report(egress, ['deny', at], hostProblems(text, true, ['hosts', index]), findings)),
  );
}

function checkSets(egress: Parsed<EgressFile>, findings: Findings): void {
  for (const [name, { rules }] of Object.entries(egress.value.sets)) {
    if (RESERVED.has(name))
      findings.error(egress.at('sets', name), { code: 'egress.set', message: `\`${name}\` is a name of Countersign’s own.` });
    once(
      egress,
      ['sets', name, 'rules'],
      rules.map(({ id }) => id),
      findings,
    );
    rules.forEach((rule, index) => report(egress, ['sets', name, 'rules', index], ruleProblems(rule), findings));
  }
}

function checkCredentials(egress: Parsed<EgressFile>, findings: Findings): void {
  for (const [name, { hosts }] of Object.entries(egress.value.credentials)) {
    hosts.forEach((text, index) => {
      report(egress, ['credentials', name], hostProblems(text, false, ['hosts', index]), findings);
      if (text.includes('*'))
        findings.error(egress.at('credentials', name, 'hosts', index), {
          code: 'egress.credential',
          message: 'A credential goes to hosts that are named, never to a wildcard.',
        });
    });
  }
}

function checkNames(egress: Parsed<EgressFile>, words: Vocabulary, findings: Findings): void {
  const { sets, use, profiles, unfamiliar, credentials } = egress.value;
  const check = (kind: string, name: string, known: Iterable<string>, ...path: PropertyKey[]): void =>
    mustExist({ place: egress.at(...path), kind, name }, known, findings);
  const inSets = (names: readonly string[], ...path: PropertyKey[]): void =>
    names.forEach((name, index) => check('egress set', name, Object.keys(sets), ...path, index));
  inSets(use.always, 'use', 'always');
  for (const [kind, group, known] of [
    ['environment', 'environments', words.environments],
    ['repository', 'repositories', words.repositories],
    ['use case', 'useCases', words.useCases],
  ] as const)
    for (const [name, names] of Object.entries(use[group])) {
      check(kind, name, known, 'use', group, name);
      inSets(names, 'use', group, name);
    }
  for (const [name, profile] of Object.entries(profiles)) inSets(profile.sets, 'profiles', name, 'sets');
  for (const name of Object.keys(unfamiliar)) check('environment', name, words.environments, 'unfamiliar', name);
  for (const [set, { rules }] of Object.entries(sets))
    rules.forEach(({ credential }, index) => {
      if (credential !== undefined)
        check('egress credential', credential, Object.keys(credentials), 'sets', set, 'rules', index, 'credential');
    });
}

/** A rule may not send a credential where the credential itself may not go. */
function checkBounds(egress: Parsed<EgressFile>, findings: Findings): void {
  const bound = credentialsOf(egress.value);
  for (const [set, { rules }] of Object.entries(egress.value.sets))
    rules.forEach((rule, index) => {
      const credential = bound.find(({ name }) => name === rule.credential);
      if (credential === undefined) return;
      const stray = egressRules(rule, { zone: set, prefix: set }).find((each) => !coversRule(credential, each));
      if (stray !== undefined)
        findings.error(egress.at('sets', set, 'rules', index, 'credential'), {
          code: 'egress.credential',
          message: `The credential \`${credential.name}\` is not for \`${stray.host}\` with these paths.`,
        });
    });
}

const byName = <T extends { readonly id: string }>(list: readonly T[]): T[] => [...list].sort((a, b) => (a.id < b.id ? -1 : 1));

/** INVARIANT: only for a file that was checked without an error. */
export function egressOf(file: EgressFile): EgressSettings {
  const { limits, grant, use } = file;
  return {
    deny: file.deny.flatMap(denials),
    sets: byName(
      Object.entries(file.sets).map(([id, { why, taints, rules }]) => ({
        id,
        why,
        taints: [...new Set(taints)].sort(),
        rules: rules.flatMap((rule) => egressRules(rule, { zone: id, prefix: id })),
      })),
    ),
    profiles: byName(
      Object.entries(file.profiles).map(([id, { sets, unfamiliar }]) =>
        unfamiliar === undefined ? { id, sets } : { id, sets, unfamiliar },
      ),
    ),
    use,
    unfamiliar: file.unfamiliar,
    grant: { scope: grant.scope, ttlMs: durationMs(grant.ttl) },
    limits: {
      uploadBytes: transferBytes(limits.upload),
      downloadBytes: transferBytes(limits.download),
      connections: limits.connections,
      names: limits.names,
      unfamiliarUploadBytes: transferBytes(limits.unfamiliarUpload),
    },
    credentials: credentialsOf(file),
  };
}

const denials = ({ id, hosts, why }: EgressFile['deny'][number]): EgressRule[] =>
  egressRules(
    { id, hosts, decision: 'deny', tls: 'auto', private: false, websocket: false, raw: false, why },
    { zone: ZONES.denied, prefix: 'deny' },
  );

function credentialsOf({ credentials }: EgressFile): BoundCredential[] {
  return Object.entries(credentials)
    .map(([name, { hosts, paths, secret, header, prefix, basicUser, aws }]): BoundCredential => {
      const kind: BoundCredential['kind'] =
        aws !== undefined
          ? { type: 'aws', ...aws }
          : basicUser !== undefined
            ? { type: 'basic', user: basicUser }
            : { type: 'header', header: (header ?? '').toLowerCase(), prefix };
      return {
        name,
        reference: secret,
        kind,
        hosts: hosts.flatMap((text) => {
          const pattern = hostPattern(text, false);
          return 'problem' in pattern ? [] : [pattern.host];
        }),
        ...(paths === undefined ? {} : { paths }),
      };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
