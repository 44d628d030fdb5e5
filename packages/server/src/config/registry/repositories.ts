/** Repositories: class, modules, owners, and what is frozen until when. */
import type { RepositoryRecord } from '../../ports/registry.ts';
import type { Findings } from '../finding.ts';
import type { Parsed } from '../schema/parse.ts';
import type { RepositoryFile } from '../schema/repository.ts';
import type { Registries } from './registries.ts';
import { mustExist, type Vocabulary } from './vocabulary.ts';

type Repository = Parsed<RepositoryFile>;

export function checkRepositories({ repositories }: Registries, words: Vocabulary, findings: Findings): void {
  const seen = new Set<string>();
  const once = (repository: Repository, id: string, what: string, ...path: PropertyKey[]): void => {
    if (seen.has(`${what} ${id}`))
      findings.error(repository.at(...path), { code: 'registry.duplicate-id', message: `The ${what} \`${id}\` is there twice.` });
    seen.add(`${what} ${id}`);
  };
  for (const repository of repositories) {
    const { value } = repository;
    once(repository, value.id, 'repository', 'id');
    checkReferences(repository, words, findings);
    const paths = new Set<string>();
    value.modules.forEach((module, index) => {
      once(repository, module.id, 'module', 'modules', index, 'id');
      mustExist(
        { place: repository.at('modules', index, 'owners'), kind: 'group', name: module.owners },
        words.members.keys(),
        findings,
      );
      if (paths.has(module.path))
        findings.error(repository.at('modules', index, 'path'), {
          code: 'repository.module-path',
          message: `Two modules have the path \`${module.path}\`.`,
        });
      paths.add(module.path);
    });
  }
}

function checkReferences(repository: Repository, words: Vocabulary, findings: Findings): void {
  const { value } = repository;
  const check = (kind: string, name: string, known: Iterable<string>, ...path: PropertyKey[]): void =>
    mustExist({ place: repository.at(...path), kind, name }, known, findings);
  check('repository class', value.class, words.repositoryClasses, 'class');
  check('environment', value.environment, words.environments, 'environment');
  check('group', value.owners, words.members.keys(), 'owners');
  const own = value.modules.map((module) => module.id);
  value.freezes.forEach((freeze, at) =>
    freeze.modules.forEach((name, index) => check('module', name, own, 'freezes', at, 'modules', index)),
  );
}

/** A module frozen twice is frozen until the later time. */
export function repositoryRecord({ value }: Repository): RepositoryRecord {
  const frozenUntil = (id: string): string | undefined =>
    value.freezes
      .filter((freeze) => freeze.modules.includes(id))
      .map((freeze) => freeze.until.replace('Z', '.000Z'))
      .sort()
      .at(-1);
  return {
    id: value.id,
    class: value.class,
    defaultBranch: value.defaultBranch,
    dataClass: value.dataClass,
    environment: value.environment,
    owners: value.owners,
    modules: value.modules.map((module) => {
      const until = frozenUntil(module.id);
      return until === undefined ? module : { ...module, frozenUntil: until };
    }),
  };
}
