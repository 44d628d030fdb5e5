/** Which system calls a sandbox may make: what reaches into the kernel, other processes or new namespaces fails as if it were not permitted. */
import type { CallTable } from './numbers.ts';
import {
  ALLOW,
  ARCHITECTURE_AT,
  failWith,
  type Instruction,
  KILL,
  load,
  loadArgument,
  mask,
  NR_AT,
  unlessEqual,
  verdict,
  whenAnyBit,
  whenAtLeast,
  whenEqual,
} from './program.ts';

export interface FilterTerms {
  /** Programs that bring a sandbox of their own: mounts and namespaces are theirs to make, without any power over ours. */
  readonly nested: boolean;
  /** A debugger may attach to what runs beside it. */
  readonly debug: boolean;
}

const EPERM = 1;
const ENOSYS = 38;
const EAFNOSUPPORT = 97;

const REFUSED = [
  ...['bpf', 'perf_event_open', 'userfaultfd', 'io_uring_setup', 'io_uring_enter', 'io_uring_register'],
  ...['keyctl', 'add_key', 'request_key'],
  ...['kexec_load', 'kexec_file_load', 'init_module', 'finit_module', 'delete_module', 'create_module', 'query_module'],
  ...['get_kernel_syms', 'nfsservctl', '_sysctl', 'reboot', 'swapon', 'swapoff', 'acct', 'quotactl', 'quotactl_fd'],
  ...['clock_settime', 'settimeofday', 'clock_adjtime', 'adjtimex', 'sethostname', 'setdomainname', 'iopl', 'ioperm', 'syslog'],
  ...['open_by_handle_at', 'name_to_handle_at', 'fanotify_init', 'kcmp', 'pidfd_getfd', 'process_madvise'],
  ...['migrate_pages', 'move_pages', 'modify_ldt', 'uselib', 'lookup_dcookie', 'vhangup', 'statmount', 'listmount'],
] as const;
const DEBUGGING = ['ptrace', 'process_vm_readv', 'process_vm_writev'] as const;
const NESTING = ['mount', 'umount2', 'pivot_root', 'chroot', 'setns'] as const;
/** The newer calls for mounts: no sandbox that is in use needs them. */
const NEW_MOUNTS = [
  ...['open_tree', 'open_tree_attr', 'move_mount', 'fsopen', 'fsconfig', 'fsmount', 'fspick', 'mount_setattr'],
] as const;
/** What decides lies behind a pointer, which a filter cannot follow: C libraries fall back to the older form when the call does not exist. */
const UNREADABLE = ['clone3', 'openat2', 'fchmodat2'] as const;

/** CLONE_NEW* of linux/sched.h; NEWTIME is a flag of unshare alone, in clone the same bits are the signal at exit. */
const NEW_NAMESPACES = 0x7e020000;
const NEW_TIME = 0x80;
/** S_ISUID and S_ISGID. */
const SET_ID = 0o6000;
/** O_CREAT and __O_TMPFILE: without either the mode register holds whatever was there before. */
const CREATES = 0o100 | 0o20000000;
const FILE_TYPE = 0o170000;
const CHARACTER = 0o020000;
const BLOCK = 0o060000;
const TERMINAL_INPUT = [0x5412, 0x541c] as const;
const [AF_UNIX, AF_INET, AF_INET6, AF_NETLINK] = [1, 2, 10, 16] as const;
const [SOCK_RAW, SOCK_PACKET, SOCK_TYPE] = [3, 10, 0xf] as const;

const refuse = verdict(failWith(EPERM));
const allow = verdict(ALLOW);

const setIdAt = (argument: number): Instruction[] => [loadArgument(argument), ...whenAnyBit(SET_ID, [refuse]), allow];
const createsAt = (flags: number): Instruction[] => [
  loadArgument(flags),
  ...whenAnyBit(CREATES, [loadArgument(flags + 1), ...whenAnyBit(SET_ID, [refuse])]),
  allow,
];
const deviceAt = (argument: number): Instruction[] => [
  loadArgument(argument),
  ...whenAnyBit(SET_ID, [refuse]),
  mask(FILE_TYPE),
  ...whenEqual(CHARACTER, [refuse]),
  ...whenEqual(BLOCK, [refuse]),
  allow,
];
const flagsAt = (argument: number, bits: number): Instruction[] => [loadArgument(argument), ...whenAnyBit(bits, [refuse]), allow];

const rawKind: Instruction[] = [
  loadArgument(1),
  mask(SOCK_TYPE),
  ...whenEqual(SOCK_RAW, [refuse]),
  ...whenEqual(SOCK_PACKET, [refuse]),
  allow,
];

const CONDITIONS: Readonly<Record<string, readonly Instruction[]>> = {
  chmod: setIdAt(1),
  fchmod: setIdAt(1),
  fchmodat: setIdAt(2),
  creat: setIdAt(1),
  open: createsAt(1),
  openat: createsAt(2),
  mknod: deviceAt(1),
  mknodat: deviceAt(2),
  ioctl: [loadArgument(1), ...TERMINAL_INPUT.flatMap((request) => whenEqual(request, [refuse])), allow],
  socket: [
    loadArgument(0),
    ...whenEqual(AF_UNIX, [allow]),
    ...whenEqual(AF_NETLINK, [allow]),
    ...whenEqual(AF_INET, rawKind),
    ...whenEqual(AF_INET6, rawKind),
    verdict(failWith(EAFNOSUPPORT)),
  ],
  socketpair: [loadArgument(0), ...whenEqual(AF_UNIX, [allow]), verdict(failWith(EAFNOSUPPORT))],
};

const NAMESPACES: Readonly<Record<string, readonly Instruction[]>> = {
  clone: flagsAt(0, NEW_NAMESPACES),
  unshare: flagsAt(0, NEW_NAMESPACES | NEW_TIME),
};

/** The filter for one processor; the same terms give the same program. */
export function filterFor(table: CallTable, { nested, debug }: FilterTerms): Instruction[] {
  const block = (name: string, then: readonly Instruction[]): Instruction[] => {
    const number = table.numbers[name];
    return number === undefined ? [] : whenEqual(number, then);
  };
  const refused = [...REFUSED, ...NEW_MOUNTS, ...(debug ? [] : DEBUGGING), ...(nested ? [] : NESTING)];
  const conditions = Object.entries({ ...CONDITIONS, ...(nested ? {} : NAMESPACES) });
  return [
    load(ARCHITECTURE_AT),
    ...unlessEqual(table.architecture, [verdict(KILL)]),
    load(NR_AT),
    ...(table.foreignFrom === undefined ? [] : whenAtLeast(table.foreignFrom, [verdict(failWith(ENOSYS))])),
    ...refused.flatMap((name) => block(name, [refuse])),
    ...UNREADABLE.flatMap((name) => block(name, [verdict(failWith(ENOSYS))])),
    ...conditions.flatMap(([name, then]) => block(name, then)),
    allow,
  ];
}
