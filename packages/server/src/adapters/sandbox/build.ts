/** From a spec to a sandbox: what is seen, who runs it, on what ground, and how everything is taken down again. */
import { createHash } from 'node:crypto';
import { lstatSync, rmdirSync } from 'node:fs';
import { Fault } from '@countersign/kernel/fault';
import type { JsonRecord } from '@countersign/kernel/json';
import { canonicalize } from '@countersign/kernel/ledger';
import type { EgressServing, EgressSlot } from '../../ports/egress.ts';
import type { SandboxSpec } from '../../ports/sandbox.ts';
import { isWithin } from '../../ports/sandbox-profile.ts';
import { sandboxArguments } from './arguments.ts';
import type { Group, GroupDriver } from './cgroup/index.ts';
import { type Before, type Claims, isRunId } from './claims.ts';
import { filterFile } from './filters.ts';
import { type Ground, stagePath } from './ground.ts';
import type { Grounds } from './grounds.ts';
import type { Places } from './places.ts';
import { copyIn, hasQuota, type QuotaCopy, quotaSteps } from './quota.ts';
import { refuseLine } from './requirements.ts';
import type { SandboxParts, Undone } from './sandbox.ts';
import { type InsideAuthority, skeletonFor } from './skeleton.ts';
import { socketsBelow, type Survey, survey } from '../shared/survey.ts';
import { type Swept, sweep } from '../shared/sweep.ts';
import { isWritableIn, makeFolders, narrowedTo, writablePaths } from '../shared/writable.ts';
import { insideOf, isReachable, isReadable, type View, type ViewMount, viewOf, whyNotWritable } from './view.ts';

export interface House {
  readonly places: Places;
  readonly groups: GroupDriver;
  readonly claims: Claims;
  readonly grounds: Grounds;
  readonly bwrap: string;
  readonly root: boolean;
}

export interface Network {
  readonly slot: EgressSlot;
  readonly serving: EgressServing;
}

/** Takes back what was made when a later step fails. */
type Undo = (() => Promise<void> | void)[];

export async function buildParts(house: House, spec: SandboxSpec, network: Network | undefined): Promise<SandboxParts> {
  const undo: Undo = [];
  try {
    return await build(house, spec, network, undo);
  } catch (thrown) {
    for (const step of undo.reverse()) await step();
    throw thrown;
  }
}

/** Names of groups tell whose they are, so that a later start finds those that nobody owns any more. */
const groupName = ({ places }: House, run: string): string => `${places.own.split('/').at(-1) ?? ''}-${run}`;

async function build(house: House, spec: SandboxSpec, network: Network | undefined, undo: Undo): Promise<SandboxParts> {
  const { places, claims, groups } = house;
  const view = viewOf(spec);
  checkWritable(view);
  if (house.root) checkReadable(view, settledUser(house, view) ?? NOBODY);
  const names = narrowedTo(spec.workspace);
  const made = makeFolders(view.workspace.from, names ?? []);
  undo.push(() => removeMade(claims, made));
  const writable = names === undefined ? undefined : writablePaths(view.workspace.from, names);
  const before = narrowed(await surveyOf(spec, view, claims), writable);
  const group = newGroup(groups, groupName(house, spec.identity.run), spec);
  undo.push(() => group.remove());
  const { ground, staged, claimed } = await settle(house, spec, { view, before, made, slot: network?.slot });
  undo.push(() => ground.close());
  undo.push(async () => {
    for (const folder of claimed) await claims.release(folder, () => Promise.resolve());
  });
  const quota = await quotaOf(house, spec, view, ground);
  if (quota !== undefined) undo.push(() => quota.close());
  const authority = authorityOf(network?.serving);
  return {
    spec,
    specDigest: digestOf(spec),
    view,
    ground,
    group,
    arguments: sandboxArguments({
      spec,
      places,
      view,
      // A copy has no sockets.
      survey:
        quota === undefined
          ? before
          : { ...before, sockets: before.sockets.filter((path) => !isWithin(path, view.workspace.from)) },
      hidden: hiddenOf(spec, view),
      writable,
      etc: skeletonFor(places.own, authority),
      authority,
      source: sourceOf(places, view, staged, quota),
    }),
    bwrap: house.bwrap,
    filter: filterFile(places.own, spec),
    undo: () => takeDown({ house, spec, view, ground, group, quota, claimed, before, made, network }),
  };
}

/** What is read-only as a whole needs no mounts that keep its parts as they are. */
function narrowed(found: Survey, writable: readonly string[] | undefined): Survey {
  const matters = (path: string): boolean => isWritableIn(writable, path);
  return { ...found, pinned: found.pinned.filter(matters), absent: found.absent.filter(matters) };
}

/** Empty folders that were made so that something could be mounted on them; one that another run mounts on goes with that one. */
const removeMade = (claims: Claims, made: readonly string[]): void => {
  for (const path of [...made].reverse()) if (!claims.isMountPoint(path)) removeEmpty(path);
};

const digestOf = ({ identity: _, ...rest }: SandboxSpec): string =>
  createHash('sha256')
    .update(canonicalize(JSON.parse(JSON.stringify(rest)) as JsonRecord))
    .digest('hex');

function newGroup(groups: GroupDriver, name: string, { limits }: SandboxSpec): Group {
  try {
    return groups.create(name, limits);
  } catch (cause) {
    throw new Fault(
      'sandbox.unenforceable',
      'The limits on memory, processes and processor cannot be enforced: no control group could be made.',
      {
        cause,
        internal: String(cause),
        details: { line: 'limits' },
      },
    );
  }
}

async function surveyOf(spec: SandboxSpec, { workspace, mounts }: View, claims: Claims): Promise<Survey> {
  const { protect, linkedFiles } = spec.workspace;
  // A copy has files of its own.
  const found = await survey(workspace.from, { protect, holdsLinked: linkedFiles !== 'leave' && !hasQuota(spec.limits) });
  const others = await Promise.all(mounts.filter(({ isFolder }) => isFolder).map(({ from }) => socketsBelow(from)));
  // A folder that is there for another sandbox's mount goes with that one; here, too, nothing may be made in its place.
  const borrowed = found.readOnly.filter((path) => claims.isMountPoint(path));
  return {
    ...found,
    readOnly: found.readOnly.filter((path) => !borrowed.includes(path)),
    absent: [...found.absent, ...borrowed].sort(),
    sockets: [...new Set([...found.sockets, ...others.flat()])],
  };
}

/** The user that owns the workspace, so that nothing has to change hands; root's own work gets a user of its own. */
function settledUser({ root, claims }: House, { workspace }: View): number | undefined {
  if (!root) return undefined;
  const held = claims.uidOf(workspace.from);
  const { uid } = lstatSync(workspace.from);
  return held ?? (uid === 0 ? undefined : uid);
}

const NOBODY = -1;

/** Root sees everything, and the run's user does not: a mount that it cannot read would be an empty promise. */
function checkReadable({ mounts }: View, uid: number): void {
  mounts.forEach(({ from, write }, index) => {
    if (!write && !isReadable(from, uid))
      refuseLine(`mounts[${index}]`, `\`${from}\` can be read by its owner only; the run has a user of its own`);
  });
}

function checkWritable({ workspace, mounts }: View): void {
  [workspace, ...mounts].forEach(({ from, write }, index) => {
    const why = write ? whyNotWritable(from) : undefined;
    if (why === undefined) return;
    refuseLine(index === 0 ? 'workspace.mode' : `mounts[${index - 1}].mode`, `${why}; \`mode: read\` reads it`);
  });
}

const unreachable = ({ workspace, mounts }: View, uid: number | undefined): ViewMount[] =>
  [workspace, ...mounts].filter(({ from }) => !isReachable(from, uid ?? NOBODY));

async function quotaOf({ places, root }: House, spec: SandboxSpec, view: View, ground: Ground): Promise<QuotaCopy | undefined> {
  if (!hasQuota(spec.limits) || spec.workspace.mode === 'read') return undefined;
  await ground.prepare(quotaSteps(places.quota, spec.limits));
  return copyIn(view.workspace.from, ground.seen(places.quota), { uid: root ? ground.uid : undefined, limits: spec.limits });
}

interface Settling {
  readonly view: View;
  readonly before: Survey;
  readonly made: readonly string[];
  readonly slot: EgressSlot | undefined;
}

interface Settled {
  readonly ground: Ground;
  readonly staged: readonly ViewMount[];
  readonly claimed: readonly string[];
}

/** A ground whose user has the workspace. Runs in one workspace are one user's; who comes first says which. */
async function settle(house: House, spec: SandboxSpec, { view, before, made, slot }: Settling): Promise<Settled> {
  const wish = (): { uid: number | undefined; staged: ViewMount[] } => {
    const uid = settledUser(house, view);
    return { uid, staged: house.root ? unreachable(view, uid) : [] };
  };
  const { tmpBytes } = spec.limits;
  const sees = [view.workspace, ...view.mounts].map(({ from }) => from);
  let { uid, staged } = wish();
  let ground = await house.grounds.take({ uid, staged, tmpBytes, slot, sees });
  const held = house.claims.uidOf(view.workspace.from);
  if (held !== undefined && held !== ground.uid) {
    // Another one came first while this was made.
    ground.close();
    ({ uid, staged } = wish());
    ground = await house.grounds.take({ uid, staged, tmpBytes, slot, sees });
  }
  try {
    return { ground, staged, claimed: await claim(house, spec, view, { before, made, ground }) };
  } catch (thrown) {
    ground.close();
    throw thrown;
  }
}

interface Claiming {
  readonly before: Survey;
  readonly made: readonly string[];
  readonly ground: Ground;
}

/** What a run of another user was given cannot be written by this one. */
function checkFree(claims: Claims, { mounts }: View, uid: number | undefined): void {
  mounts.forEach(({ from, write, isFolder }, index) => {
    const held = write && isFolder ? claims.uidOf(from) : undefined;
    if (uid === undefined || held === undefined || held === uid) return;
    refuseLine(`mounts[${index}].mode`, `\`${from}\` belongs to a run in another workspace until that ends; try again then`);
  });
}

/** The workspace and what else may be written to, until the last run in it ends. A copy needs no claim. */
async function claim({ claims }: House, spec: SandboxSpec, view: View, { before, made, ground }: Claiming): Promise<string[]> {
  const uid = ground.uid !== undefined && isRunId(ground.uid) ? ground.uid : undefined;
  checkFree(claims, view, uid);
  const writable = view.mounts.filter(({ write, isFolder }) => write && isFolder).map(({ from }) => from);
  // To read what root alone may read, the run's user has to have it, too.
  const copied = spec.workspace.mode === 'write' && hasQuota(spec.limits);
  const isRead = spec.workspace.mode === 'read';
  // Where nothing can change, not even owners, what others may not read stays unread.
  const own =
    copied || (isRead && (uid === undefined || whyNotWritable(view.workspace.from) !== undefined)) ? [] : [view.workspace.from];
  const mountPoints = spec.workspace.mode === 'write' ? [...before.absent, ...made] : [];
  await Promise.all([
    ...own.map((folder) => claims.take({ folder, uid, mountPoints, survey: before })),
    ...writable.map((folder) => claims.take({ folder, uid, mountPoints: [], survey: before })),
  ]);
  return [...own, ...writable];
}

const authorityOf = (serving: EgressServing | undefined): InsideAuthority | undefined =>
  serving?.ca === undefined ? undefined : { pem: serving.ca, only: serving.caOnly };

function hiddenOf(spec: SandboxSpec, { workspace }: View): { path: string; isFolder: boolean }[] {
  const paths = spec.workspace.hidden.map((path) => insideOf(workspace.from, path)).filter((path) => path !== undefined);
  // What is hidden hides all that is in it.
  const outer = [...new Set(paths)].filter((path) => !paths.some((other) => other !== path && isWithin(path, other)));
  return outer.sort().map((path) => ({ path, isFolder: lstatSync(path).isDirectory() }));
}

/** From a path of the host to where the run's user finds it. */
function sourceOf(places: Places, { workspace }: View, staged: readonly ViewMount[], quota: QuotaCopy | undefined) {
  return (path: string): string => {
    if (quota !== undefined && (path === workspace.from || path.startsWith(`${workspace.from}/`)))
      return places.quota + path.slice(workspace.from.length);
    const index = staged.findIndex(({ from }) => path === from || path.startsWith(`${from}/`));
    const mount = staged[index];
    return mount === undefined ? path : stagePath(places, index, mount.isFolder) + path.slice(mount.from.length);
  };
}

interface Built {
  readonly house: House;
  readonly spec: SandboxSpec;
  readonly view: View;
  readonly ground: Ground;
  readonly group: Group;
  readonly quota: QuotaCopy | undefined;
  readonly claimed: readonly string[];
  readonly before: Survey;
  readonly made: readonly string[];
  readonly network: Network | undefined;
}

/** INVARIANT: nothing runs in it any more. */
async function takeDown(built: Built): Promise<Undone> {
  const { house, ground, group, network, claimed, view, quota, made } = built;
  const egress = await network?.serving.close();
  await network?.slot.close();
  ground.close();
  const swept = quota === undefined ? await sweepClaimed(built) : await sweepCopy(built, quota);
  for (const folder of claimed) if (folder !== view.workspace.from) await house.claims.release(folder, () => Promise.resolve());
  removeMade(house.claims, made);
  // The kernel takes a moment to let go of a group; nobody waits for it.
  void group.remove();
  return {
    sweep: swept?.findings ?? [],
    ...(swept === undefined ? {} : { filesChanged: swept.filesChanged }),
    ...(egress === undefined ? {} : { egress }),
  };
}

const sweepClaimed = ({ house, view, spec }: Built): Promise<Swept | undefined> =>
  house.claims.release(view.workspace.from, ({ survey: before, sinceMs }: Before) =>
    sweep({
      root: view.workspace.from,
      workspace: view.workspace.from,
      before,
      isMountPoint: (path) => house.claims.isMountPoint(path),
      run: spec.identity.run,
      sinceMs,
    }),
  );

/** In the copy itself nobody but the run's user can make or rename anything: it goes back first, and is looked at there. */
async function sweepCopy({ house, view, spec, before }: Built, quota: QuotaCopy): Promise<Swept> {
  const { from } = view.workspace;
  try {
    for (const path of [...before.absent].reverse()) removeEmpty(quota.path + path.slice(from.length));
    quota.restore();
  } finally {
    quota.close();
  }
  const isMountPoint = (path: string): boolean => house.claims.isMountPoint(path);
  return sweep({ root: from, workspace: from, before, isMountPoint, run: spec.identity.run, sinceMs: quota.sinceMs });
}

function removeEmpty(path: string): void {
  try {
    rmdirSync(path);
  } catch {
    // Something was put there, or it never was.
  }
}
