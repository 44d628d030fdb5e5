import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { interpret } from '../testing/interpret.ts';
import { filterFor, type FilterTerms } from './filter.ts';
import { CALL_TABLES, type CallTable } from './numbers.ts';
import { encode } from './program.ts';

const ALLOW = 0x7fff0000;
const KILL = 0x80000000;
const errno = (number: number): number => 0x00050000 + number;
const [EPERM, ENOSYS, EAFNOSUPPORT] = [errno(1), errno(38), errno(97)];
const NEWUSER = 0x10000000;

const table = (name: string): CallTable => {
  const found = CALL_TABLES[name];
  if (found === undefined) throw new Error(`no table for ${name}`);
  return found;
};
const programOf = (name: string, terms: FilterTerms = { nested: false, debug: false }): Uint8Array =>
  encode(filterFor(table(name), terms));

type Row = readonly [call: string, args: readonly number[], verdict: number];

/** Names that a processor lacks are left out of its run. */
const ROWS: readonly Row[] = [
  ['mount', [], EPERM],
  ['umount2', [], EPERM],
  ['unshare', [NEWUSER], EPERM],
  ['unshare', [0x80], EPERM],
  ['unshare', [0x400], ALLOW],
  ['clone', [NEWUSER | 17], EPERM],
  ['clone', [0x01200011], ALLOW],
  ['clone3', [], ENOSYS],
  ['openat2', [], ENOSYS],
  ['fchmodat2', [], ENOSYS],
  ['ptrace', [], EPERM],
  ['process_vm_readv', [], EPERM],
  ['bpf', [], EPERM],
  ['io_uring_setup', [], EPERM],
  ['keyctl', [], EPERM],
  ['open_by_handle_at', [], EPERM],
  ['fsopen', [], EPERM],
  ['open_tree_attr', [], EPERM],
  ['chmod', [0, 0o4755], EPERM],
  ['chmod', [0, 0o1777], ALLOW],
  ['fchmod', [3, 0o2755], EPERM],
  ['fchmodat', [0, 0, 0o4755], EPERM],
  ['fchmodat', [0, 0, 0o755], ALLOW],
  ['creat', [0, 0o4755], EPERM],
  ['open', [0, 0o102, 0o4755], EPERM],
  ['open', [0, 0o2, 0o4755], ALLOW],
  ['openat', [0, 0, 0o102, 0o2755], EPERM],
  ['openat', [0, 0, 0o20200002, 0o4700], EPERM],
  ['openat', [0, 0, 0o102, 0o644], ALLOW],
  ['openat', [0, 0, 0, 0o6777], ALLOW],
  ['mknod', [0, 0o020666], EPERM],
  ['mknodat', [0, 0, 0o060666], EPERM],
  ['mknodat', [0, 0, 0o010666], ALLOW],
  ['mknodat', [0, 0, 0o104755], EPERM],
  ['ioctl', [0, 0x5412], EPERM],
  ['ioctl', [0, 0x541c], EPERM],
  ['ioctl', [0, 0x5401], ALLOW],
  ['socket', [1, 1], ALLOW],
  ['socket', [2, 1], ALLOW],
  ['socket', [10, 2 | 0o2000000], ALLOW],
  ['socket', [16, 3], ALLOW],
  ['socket', [2, 3], EPERM],
  ['socket', [10, 3 | 0o4000], EPERM],
  ['socket', [2, 10], EPERM],
  ['socket', [17, 3], EAFNOSUPPORT],
  ['socket', [38, 5], EAFNOSUPPORT],
  ['socket', [40, 1], EAFNOSUPPORT],
  ['socketpair', [1, 1], ALLOW],
  ['socketpair', [2, 1], EAFNOSUPPORT],
];

describe.each(['x64', 'arm64'])('%s', (name) => {
  const { architecture, numbers } = table(name);
  const program = programOf(name);
  const rows = ROWS.filter(([call]) => numbers[call] !== undefined);

  test.each(rows)('%s %j', (call, args, verdict) => {
    expect(interpret(program, { nr: numbers[call] ?? -1, architecture, args })).toBe(verdict);
    // What stands in the upper half of a register changes nothing.
    const wide = args.map((value) => value + 2 ** 40);
    expect(interpret(program, { nr: numbers[call] ?? -1, architecture, args: wide })).toBe(verdict);
  });

  test('another processor’s calls end the process', () => {
    expect(interpret(program, { nr: 0, architecture: 0x40000003 })).toBe(KILL);
  });

  test('every call has a verdict, and those that are not in the table are allowed', () => {
    const known = new Set(Object.values(numbers));
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 600 }), fc.array(fc.nat(), { maxLength: 6 }), (nr, args) => {
        const verdict = interpret(program, { nr, architecture, args });
        expect([ALLOW, EPERM, ENOSYS, EAFNOSUPPORT]).toContain(verdict);
        if (!known.has(nr)) expect(verdict).toBe(ALLOW);
      }),
    );
  });

  test('nested allows namespaces and mounts, debug allows tracing, and neither anything else', () => {
    const verdictOf = (terms: FilterTerms, call: string, args: readonly number[] = []): number =>
      interpret(programOf(name, terms), { nr: numbers[call] ?? -1, architecture, args });
    const [nested, debug] = [
      { nested: true, debug: false },
      { nested: false, debug: true },
    ];
    expect(['mount', 'setns', 'pivot_root'].map((call) => verdictOf(nested, call))).toEqual([ALLOW, ALLOW, ALLOW]);
    expect([verdictOf(nested, 'unshare', [NEWUSER]), verdictOf(nested, 'clone', [NEWUSER]), verdictOf(nested, 'ptrace')]).toEqual(
      [ALLOW, ALLOW, EPERM],
    );
    expect([verdictOf(debug, 'ptrace'), verdictOf(debug, 'mount'), verdictOf(nested, 'bpf'), verdictOf(debug, 'keyctl')]).toEqual(
      [ALLOW, EPERM, EPERM, EPERM],
    );
  });
});

test('the other interface of x64 does not exist', () => {
  expect(interpret(programOf('x64'), { nr: 0x40000000 + 2, architecture: table('x64').architecture })).toBe(ENOSYS);
});

const runs = spawnSync('bwrap', ['--version']).status === 0 && process.arch === 'x64';

test.runIf(runs)('the kernel reads it as we do', () => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-filter-'));
  try {
    writeFileSync(join(folder, 'filter'), programOf('x64'));
    const script =
      'for my $c ([165], [90, "x", 04755], [90, "/none", 0755], [41, 17, 3, 0], [41, 2, 1, 0], [435], [101, 0]) { my @a = map { my $v = $_; $v } @$c; $! = 0; syscall($a[0], @a[1..$#a]); printf "%d ", $! }';
    const said = execFileSync('sh', [
      '-c',
      `exec bwrap --ro-bind / / --dev /dev --seccomp 9 -- perl -e '${script}' 9<${folder}/filter`,
    ]).toString();
    expect(said.trim().split(' ').map(Number)).toEqual([1, 1, 2, 97, 0, 38, 1]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
