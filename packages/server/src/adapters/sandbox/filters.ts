/** Filter programs as files that a shell opens, one for each combination of terms. */
import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '@countersign/kernel/fault';
import { filterFor, type FilterTerms } from './seccomp/filter.ts';
import { CALL_TABLES } from './seccomp/numbers.ts';
import { encode } from './seccomp/program.ts';

/** @throws Fault sandbox.unenforceable for a processor that has no table */
export function filterFile(own: string, terms: FilterTerms): string {
  const table = CALL_TABLES[process.arch];
  if (table === undefined)
    throw new Fault('sandbox.unenforceable', `System calls cannot be filtered on this processor (${process.arch}).`);
  const path = join(own, `filter-${terms.nested ? 'nested' : 'plain'}${terms.debug ? '-debug' : ''}.bpf`);
  if (existsSync(path)) return path;
  writeFileSync(`${path}.new`, encode(filterFor(table, terms)), { mode: 0o444 });
  renameSync(`${path}.new`, path);
  return path;
}
