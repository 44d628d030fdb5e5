/** What persons do with the record itself: reading and erasing payloads and memories, exporting the ledger. Each one takes the road. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, sep } from 'node:path';
import { type FaultCode, Fault } from '@countersign/kernel/fault';
import type { ExportDesk, MemoryDesk, PayloadDesk, Person } from '../../api/deps.ts';
import { personCaller } from '../../govern/person.ts';
import type { PayloadEraser, PayloadReader } from '../../ports/ledger.ts';
import type { SnapshotSource } from '../../ports/registry.ts';
import type { Act, Road } from '../../ports/road.ts';
import type { Stores } from '../stores.ts';

export interface PeopleTerms {
  readonly org: string;
  readonly road: Road;
  readonly snapshots: SnapshotSource;
  readonly payloads: PayloadReader & PayloadEraser;
  readonly stores: Pick<Stores, 'export' | 'integrator' | 'memories'>;
  readonly newTrace: () => string;
}

type PersonAction = 'payload.read' | 'payload.erase' | 'ledger.export';

const ACT_MS = 10 * 60_000;
const DUTIES: ReadonlySet<string> = new Set(['log-digest', 'log-full']);

async function onRoad<T>(
  terms: PeopleTerms,
  by: Person,
  ask: { action: PersonAction; reason: string },
  act: () => Promise<T>,
): Promise<T> {
  const snapshot = terms.snapshots.current();
  const person = snapshot?.people.get(by.id);
  if (snapshot === undefined || person === undefined)
    throw new Fault('identity.forbidden', 'This person is not in the registry.');
  const governed = await terms.road.govern<T>(
    {
      caller: personCaller(terms.org, person, by.credential),
      action: ask.action,
      resource: { type: `${snapshot.compiled.namespace}::Org`, id: snapshot.settings.organisation },
      args: ask.reason === '' ? {} : { reason: ask.reason },
      door: 'api',
      trace: terms.newTrace(),
      knows: DUTIES,
      actMs: ACT_MS,
    },
    async (): Promise<Act<T>> => ({ value: await act(), status: 'done', charge: 'none' }),
  );
  if (governed.ok) return governed.value;
  const { code, message, requestId, approval } = governed.denial;
  throw new Fault(faultCodeOf(code), message, {
    details: { requestId, policyCode: code, ...(approval === undefined ? {} : { approval: { ...approval } }) },
  });
}

/** Codes of policies are the bundle's own words; as a fault they are all one. */
const faultCodeOf = (code: string): FaultCode =>
  code === 'approval.required' || code === 'default.no-permit' ? code : 'policy.denied';

export const openPayloadDesk = (terms: PeopleTerms): PayloadDesk => ({
  read: (by, digest, reason) =>
    onRoad(terms, by, { action: 'payload.read', reason }, () => terms.payloads.payload(terms.org, digest)),
  erase: (by, what, reason) =>
    onRoad(terms, by, { action: 'payload.erase', reason }, () => terms.payloads.erase(terms.org, what, by.id, reason)),
});

/** A memory is content that the record keeps apart: whoever may read or erase that may do so here. */
export const openMemoryDesk = (terms: PeopleTerms): MemoryDesk => {
  const { org, stores } = terms;
  return {
    list: (query) => stores.memories.list(org, query),
    find: (id) => stores.memories.find(org, id),
    read: (by, id, reason) => onRoad(terms, by, { action: 'payload.read', reason }, () => stores.memories.read(org, id)),
    forget: (by, memory, reason) =>
      onRoad(terms, by, { action: 'payload.erase', reason }, () => stores.memories.forget(org, [memory], by.id, reason)),
  };
};

export const openExportDesk = (terms: PeopleTerms): ExportDesk => ({
  files: (by, query) => exportFiles(terms, by, query.payloads),
});

async function* exportFiles(
  terms: PeopleTerms,
  by: Person,
  payloads: boolean,
): AsyncIterable<{ readonly path: string; readonly bytes: Uint8Array }> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-export-'));
  const target = join(folder, 'ledger');
  try {
    await onRoad(terms, by, { action: 'ledger.export', reason: '' }, () =>
      terms.stores.export(target, payloads ? { payloads: terms.payloads } : {}),
    );
    for await (const path of filesBelow(target))
      yield { path: relative(target, path).split(sep).join('/'), bytes: await readFile(path) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function* filesBelow(folder: string): AsyncIterable<string> {
  for (const entry of (await readdir(folder, { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesBelow(path);
    else yield path;
  }
}
