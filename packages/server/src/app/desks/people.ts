/** What persons do with the record itself: reading and erasing payloads and memories, exporting the ledger. Each one takes the road. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, sep } from 'node:path';
import type { ExportDesk, MarkDesk, MemoryDesk, PayloadDesk, Person } from '../../api/deps.ts';
import type { PayloadEraser, PayloadReader } from '../../ports/ledger.ts';
import type { MarkStore } from '../../ports/marks.ts';
import type { Stores } from '../stores.ts';
import { onRoad, type PersonTerms } from './person-road.ts';

export interface PeopleTerms extends PersonTerms {
  readonly payloads: PayloadReader & PayloadEraser;
  readonly stores: Pick<Stores, 'export' | 'integrator' | 'memories'>;
}

export const openPayloadDesk = (terms: PeopleTerms): PayloadDesk => ({
  read: (by, digest, reason) =>
    onRoad(terms, by, { action: 'payload.read', reason }, () => terms.payloads.payload(terms.org, digest)),
  erase: (by, what, reason) =>
    onRoad(terms, by, { action: 'payload.erase', reason }, () => terms.payloads.erase(terms.org, what, by.id, reason)),
});

export const openMarkDesk = (terms: PersonTerms & { readonly marks: MarkStore }): MarkDesk => ({
  read: (task) => terms.marks.read(terms.org, task),
  lower: (by, task, marks, reason) =>
    onRoad(
      terms,
      by,
      { action: 'task.declassify', reason, shown: { task, class: marks.dataClass, taints: marks.taints } },
      (decision) => terms.marks.lower({ org: terms.org, task, marks, by: by.id, decision }),
    ),
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
  files: (by, query) => exportFiles(terms, by, query),
});

async function* exportFiles(
  terms: PeopleTerms,
  by: Person,
  { from, payloads }: { readonly from: number; readonly payloads: boolean },
): AsyncIterable<{ readonly path: string; readonly bytes: Uint8Array }> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-export-'));
  const target = join(folder, 'ledger');
  try {
    await onRoad(terms, by, { action: 'ledger.export', reason: '' }, () =>
      terms.stores.export(target, { from, ...(payloads ? { payloads: terms.payloads } : {}) }),
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
