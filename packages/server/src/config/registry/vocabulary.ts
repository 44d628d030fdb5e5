/** The names that exist in a directory, and the check that a name which is used is one of them. */
import type { Findings, Place } from '../finding.ts';
import { nearest } from '../schema/nearest.ts';
import type { Registries } from './registries.ts';

export interface Vocabulary {
  readonly environments: ReadonlySet<string>;
  readonly teams: ReadonlySet<string>;
  readonly useCases: ReadonlySet<string>;
  readonly repositoryClasses: ReadonlySet<string>;
  readonly providers: ReadonlySet<string>;
  readonly repositories: ReadonlySet<string>;
  readonly models: ReadonlySet<string>;
  readonly agents: ReadonlySet<string>;
  readonly modules: ReadonlySet<string>;
  readonly toolServers: ReadonlySet<string>;
  /** People by `team:x` and `group:y`; teams without people are there too. */
  readonly members: ReadonlyMap<string, readonly string[]>;
}

export function vocabularyOf({ main, agents, models, repositories, tools, unread }: Registries): Vocabulary {
  const { value } = main;
  const members = new Map<string, string[]>(value.teams.map((team) => [`team:${team}`, []]));
  for (const person of value.people) {
    for (const group of new Set(person.groups)) {
      const of = members.get(group);
      if (of !== undefined) of.push(person.id);
      // A team that is not declared is a finding; a group begins to exist with its first member.
      else if (group.startsWith('group:')) members.set(group, [person.id]);
    }
  }
  return {
    environments: new Set(value.environments),
    teams: new Set(value.teams),
    useCases: new Set(Object.keys(value.useCases)),
    repositoryClasses: new Set(Object.keys(value.repositoryClasses)),
    providers: new Set(Object.keys(value.providers)),
    repositories: new Set([...repositories.map((each) => each.value.id), ...unread]),
    models: new Set([...models.map((each) => each.value.id), ...unread]),
    agents: new Set([...agents.map((each) => each.value.id), ...unread]),
    modules: new Set(repositories.flatMap((each) => each.value.modules.map((module) => module.id))),
    toolServers: new Set([...tools.map((each) => each.value.id), ...unread]),
    members,
  };
}

interface Use {
  readonly place: Place;
  /** What kind of thing is meant, for the sentence: `team`. */
  readonly kind: string;
  readonly name: string;
}

/** An error when the name is not known, with the nearest one that is. */
export function mustExist({ place, kind, name }: Use, known: Iterable<string>, findings: Findings): void {
  const names = [...known];
  if (names.includes(name)) return;
  const near = nearest(name, names);
  const hint =
    near === undefined
      ? names.length > 12
        ? undefined
        : `known are ${names.join(', ') || 'none'}`
      : `did you mean \`${near}\`?`;
  findings.error(place, {
    code: `registry.unknown-${kind.replaceAll(' ', '-')}`,
    message: `There is no ${kind} \`${name}\`.`,
    ...(hint === undefined ? {} : { hint }),
  });
}
