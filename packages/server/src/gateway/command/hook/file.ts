/** Reading and changing files, as questions about the mandate's repository and the paths in it. */
import { createHash } from 'node:crypto';
import type { EntityRecord } from '@countersign/kernel/action';
import { canonicalize } from '@countersign/kernel/ledger';
import type { JsonRecord } from '@countersign/kernel/json';
import { type BundleSnapshot, DATA_CLASSES, type RepositoryRecord } from '../../../ports/registry.ts';
import type { Ask, Caller } from '../../../ports/road.ts';
import { mandateClass } from '../../wire/mandate-class.ts';
import { DOOR } from './deps.ts';
import { isProtected, isWithin, placeOf } from './path.ts';
import { type Plan, type Planning, refuse } from './planning.ts';

export type FileUse = 'read' | 'edit';

const ACTIONS = { read: 'repository.read', edit: 'file.edit' } as const;

/** Where a path of a call leads, or why it may not be touched. */
export type Checked = { readonly ok: true; readonly path: string } | { readonly ok: false; readonly plan: Plan };

export function checkPath({ call, caller, root }: Planning, use: FileUse, text: unknown): Checked {
  const no = (message: string): Checked => ({ ok: false, plan: refuse('hook.path', message, ACTIONS[use]) });
  if (root === undefined) return no('It is not known where this session works.');
  if (typeof text !== 'string') return no('The call does not name a path as text.');
  const place = placeOf(root, call.cwd, text);
  if (place.kind === 'odd') return no('The path is not one that is read the same way everywhere.');
  if (place.kind === 'outside') return no('The path is outside of the directory that this session works in.');
  if (use === 'read') return { ok: true, path: place.path };
  if (place.path === '') return no('The path is the whole working directory.');
  if (isProtected(place.path)) return no('The path belongs to version control, or to the settings of agents.');
  if (caller.mandate !== undefined && !isWithin(caller.mandate.paths, place.path))
    return no('The path is not one of those that the mandate names.');
  return { ok: true, path: place.path };
}

/** @param members of the input that hold a path; one that is absent means the working directory, for reading only */
export function planFiles(planning: Planning, use: FileUse, members: readonly string[]): Plan {
  const { call } = planning;
  const paths: string[] = [];
  for (const member of members) {
    const named = call.input[member];
    if (named === undefined && use === 'read') continue;
    const checked = checkPath(planning, use, named);
    if (!checked.ok) return checked.plan;
    paths.push(checked.path);
  }
  return asksFor(planning, use, paths, { tool: call.tool, input: call.input });
}

/** One question for each file that is changed; reading is asked about the repository. */
export function asksFor(planning: Planning, use: FileUse, paths: readonly string[], meaning: JsonRecord): Plan {
  const { caller, snapshot } = planning;
  const { mandate } = caller;
  const repository = mandate === undefined ? undefined : snapshot.repositories.get(mandate.repository);
  if (repository === undefined)
    return refuse('mandate.missing', 'There is no mandate that names a repository for this.', ACTIONS[use]);
  const digest = digestOf(meaning);
  const common = { planning, digest };
  if (use === 'read') return { kind: 'asks', asks: [readAsk(common, repository, paths)], meaning };
  const asks = [...new Set(paths)].map((path) => editAsk(common, repository, path));
  return { kind: 'asks', asks, meaning };
}

interface Common {
  readonly planning: Planning;
  readonly digest: string;
}

function readAsk({ planning, digest }: Common, repository: RepositoryRecord, paths: readonly string[]): Ask {
  const { caller, snapshot, trace, call } = planning;
  return {
    caller,
    action: ACTIONS.read,
    resource: { type: typeIn(snapshot, 'Repository'), id: repository.id },
    args: { declaredRank: rankOf(caller) },
    door: DOOR,
    trace,
    contentDigest: digest,
    shown: shownOf(planning, { tool: call.tool, paths: [...paths] }),
  };
}

function editAsk({ planning, digest }: Common, repository: RepositoryRecord, path: string): Ask {
  const { caller, snapshot, trace, call } = planning;
  const resource = { type: typeIn(snapshot, 'Path'), id: `${repository.id}/${path}` };
  return {
    caller,
    action: ACTIONS.edit,
    resource,
    args: { declaredRank: rankOf(caller) },
    door: DOOR,
    trace,
    contentDigest: digest,
    entities: [pathEntity(snapshot, repository, path)],
    shown: shownOf(planning, { tool: call.tool, path, input: cut(call.input) }),
  };
}

/** A file is in every module whose path it is below, and in the repository. */
function pathEntity(snapshot: BundleSnapshot, repository: RepositoryRecord, path: string): EntityRecord {
  const modules = repository.modules.filter((module) => isWithin([module.path], path));
  return {
    uid: { type: typeIn(snapshot, 'Path'), id: `${repository.id}/${path}` },
    attrs: { name: path },
    parents: [
      { type: typeIn(snapshot, 'Repository'), id: repository.id },
      ...modules.map(({ id }) => ({ type: typeIn(snapshot, 'Module'), id })),
    ],
  };
}

const typeIn = ({ compiled }: BundleSnapshot, name: string): string => `${compiled.namespace}::${name}`;
const rankOf = (caller: Caller): number => DATA_CLASSES.indexOf(mandateClass(caller) ?? caller.agent.dataClass);

export const digestOf = (meaning: JsonRecord): string => createHash('sha256').update(canonicalize(meaning)).digest('hex');

/** The client's own program acts, not ours: an approver has to know that our word is about what it said it would do. */
const shownOf = ({ call, root }: Planning, more: JsonRecord): JsonRecord => ({
  client: call.client,
  enforcement: 'hook',
  root: root ?? null,
  ...more,
});

/** Characters of an input that an approver is shown. */
const SHOWN_CHARS_MAX = 16 * 1024;

function cut(input: JsonRecord): JsonRecord {
  const text = JSON.stringify(input);
  return text.length <= SHOWN_CHARS_MAX ? input : { tooLongToShow: true, begins: text.slice(0, 4_000) };
}
