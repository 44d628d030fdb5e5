/**
 * Attempts to get out of a sandbox, or to leave something behind. Each is shell text that says BREACH when it succeeds, or a look at the host
 * afterwards. Each also runs unprotected, where it must succeed: a test that nothing could fail says nothing. What can only succeed as root says so.
 */
import { chmodSync, existsSync, lstatSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

export interface Place {
  /** Everything lies in it, and goes with it. */
  readonly top: string;
  readonly workspace: string;
  /** Part of the names of files that are left in shared places. */
  readonly mark: string;
  readonly home: string;
}

export interface Attempt {
  readonly name: string;
  readonly script: string;
  /** Succeeded when the host shows it afterwards. */
  readonly after?: (place: Place) => boolean;
  /** Unprotected it takes root. */
  readonly root?: true;
  /** What a machine may lack, so that the attempt is then not counted. */
  readonly optional?: true;
}

const reads = (name: string, path: string, more: Partial<Attempt> = {}): Attempt => ({
  name,
  script: `grep -qs CANARY ${path} && echo BREACH`,
  ...more,
});
const does = (name: string, script: string, more: Partial<Attempt> = {}): Attempt => ({
  name,
  script: `${script} && echo BREACH`,
  ...more,
});
const leaves = (name: string, script: string, after: (place: Place) => boolean, more: Partial<Attempt> = {}): Attempt => ({
  name,
  script,
  after,
  ...more,
});
const calls = (name: string, code: string, more: Partial<Attempt> = {}): Attempt => ({
  name,
  script: `perl -e '${code}'`,
  ...more,
});

const there = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined;
const inWorkspace =
  (path: string) =>
  ({ workspace }: Place): boolean =>
    there(join(workspace, path));
const holds =
  (path: string, text: string) =>
  ({ workspace }: Place): boolean => {
    const file = join(workspace, path);
    return existsSync(file) && statSync(file).isFile() && readFileSync(file, 'utf8').includes(text);
  };

const READS: readonly Attempt[] = [
  reads('a file beside the workspace', '$TOP/secret'),
  reads('the same, relative', '../secret'),
  does('through a symbolic link', 'ln -s $TOP/secret link-1; grep -qs CANARY link-1'),
  does('through a hard link', 'ln $TOP/secret link-2; grep -qs CANARY link-2'),
  reads('through the root of this process', '/proc/self/root$TOP/secret'),
  reads('through the root of process 1', '/proc/1/root$TOP/secret', { root: true, optional: true }),
  reads('through the working directory of this process', '/proc/self/cwd/../secret'),
  reads('another workspace', '$TOP/neighbour/secret'),
  does('the folder above', 'ls $TOP | grep -qx secret'),
  does('a link that was there before', 'grep -qs CANARY planted'),
  reads('a hidden file', '.env'),
  reads('a hidden folder', 'private/key'),
  does('a hidden file under a second name', 'ln .env second; grep -qs CANARY second'),
  does('a hidden folder, moved aside', 'mv private aside; grep -qs CANARY aside/key'),
  does('a hidden folder whose parent was moved', 'mv nest nest-2; grep -qs CANARY nest-2/inner/key'),
  does('a hidden folder, copied', 'cp -r private copied; grep -qs CANARY copied/key'),
  does('a hidden folder, packed', 'tar -cf - private | grep -qa CANARY'),
  does('a hidden file, unmounted', '{ umount .env 2>/dev/null; grep -qs CANARY .env; }'),
  does('a hidden file, in namespaces of its own', "unshare -rm sh -c 'umount .env 2>/dev/null; grep -qs CANARY .env'"),
  does('a hidden file under its real name', 'grep -qs CANARY alias-target.txt'),
  reads('the shadow file', '/etc/shadow', { script: "grep -qs '^root:' /etc/shadow && echo BREACH", root: true }),
  does('accounts of this machine', "grep -qs '^daemon:' /etc/passwd"),
  does('the name of this machine', 'test "$(uname -n)" = "$HOST"'),
  does('logs', 'ls /var/log | grep -q .'),
  does('homes of others', 'ls $HOSTHOME | grep -v agent | grep -q .', { optional: true }),
  does('sockets of services', 'ls /run | grep -q .'),
  does('devices in /sys', 'ls /sys/class | grep -q .'),
  does('temporary files of others', 'ls /tmp | grep -q $MARK'),
  does('shared memory files of others', 'ls /dev/shm | grep -q $MARK'),
  does('identity of this machine', 'test -s /etc/machine-id', { optional: true }),
];

const WRITES: readonly Attempt[] = [
  leaves('beside the workspace', 'echo x >$TOP/written', ({ top }) => there(join(top, 'written'))),
  leaves('through a symbolic link', 'ln -s $TOP/through out-1; echo x >out-1', ({ top }) => there(join(top, 'through'))),
  does('into /usr', 'touch /usr/share/.$MARK && rm /usr/share/.$MARK', { root: true }),
  does('into /etc', 'touch /etc/.$MARK && rm /etc/.$MARK', { root: true }),
  leaves('into a protected file', 'echo CHANGED >>protected.txt', holds('protected.txt', 'CHANGED')),
  does('moving a protected file', 'mv protected.txt elsewhere.txt && mv elsewhere.txt protected.txt'),
  leaves(
    'replacing a protected file',
    'cp protected.txt p; mv -f p protected.txt; echo CHANGED2 >protected.txt',
    holds('protected.txt', 'CHANGED2'),
  ),
  does('moving the parent of a protected file', 'mv deep deep-2 && mv deep-2 deep'),
  leaves('making a protected file that is not there', 'mkdir -p not/yet; echo x >not/yet/there', inWorkspace('not/yet/there')),
  leaves('into the home', 'echo x >$HOME/.bashrc', ({ home }) => there(join(home, '.bashrc'))),
  leaves('into /tmp', 'touch /tmp/$MARK-left', ({ mark }) => there(`/tmp/${mark}-left`)),
  leaves('into /dev/shm', 'touch /dev/shm/$MARK-left', ({ mark }) => there(`/dev/shm/${mark}-left`)),
  does('the setuid bit', 'cp /bin/true suid; chmod 4755 suid; test -u suid'),
  does('the setgid bit', 'cp /bin/true sgid; chmod 2755 sgid; test -g sgid'),
  does('the setuid bit by install', 'install -m 4755 /bin/true suid-2 && test -u suid-2'),
  does('a device', 'mknod device c 1 3', { root: true }),
  leaves('a named pipe', 'mkfifo pipe', inWorkspace('pipe')),
  leaves(
    'a socket',
    "perl -MIO::Socket::UNIX -e 'IO::Socket::UNIX->new(Local => q(left.sock), Listen => 1)'",
    inWorkspace('left.sock'),
  ),
];

const GIT: readonly Attempt[] = [
  leaves('a hook', 'printf x >.git/hooks/pre-commit', inWorkspace('.git/hooks/pre-commit')),
  leaves('the configuration', 'git config core.fsmonitor ./evil', holds('.git/config', 'evil')),
  leaves('the configuration as a file', 'echo "[alias] x = !evil2" >>.git/config', holds('.git/config', 'evil2')),
  does('moving .git aside', 'mv .git .git-2 && mv .git-2 .git'),
  leaves('a repository below', 'mkdir -p below; git init -q below', inWorkspace('below/.git/HEAD')),
  leaves('a repository without a work tree', 'git init -q --bare bare', inWorkspace('bare/HEAD')),
  leaves('one in a folder that its owner may not read', 'git init -q closed/r; chmod 0 closed', ({ workspace }) => {
    const closed = join(workspace, 'closed');
    chmodSync(closed, 0o700);
    return there(join(closed, 'r/.git/HEAD'));
  }),
  leaves(
    'hooks of a submodule',
    'printf x >.git/modules/part/hooks/post-checkout',
    inWorkspace('.git/modules/part/hooks/post-checkout'),
  ),
  leaves('configuration of a submodule', 'echo evil4 >>.git/modules/part/config', holds('.git/modules/part/config', 'evil4')),
  leaves('hooks that the configuration names', 'echo evil5 >>scripts/hooks/pre-push', holds('scripts/hooks/pre-push', 'evil5')),
  leaves(
    'configuration of a repository that was below',
    'echo evil6 >>vendored/.git/config',
    holds('vendored/.git/config', 'evil6'),
  ),
  leaves(
    'a second configuration',
    'printf "[core]\\nfsmonitor=evil3\\n" >.git/config.worktree',
    inWorkspace('.git/config.worktree'),
  ),
  leaves('a common directory', 'mkdir -p other; echo ../other >.git/commondir; rm -f nothing', inWorkspace('.git/commondir')),
];

const AGENTS: readonly Attempt[] = [
  '.claude/settings.json',
  '.codex/config.toml',
  '.cursor/mcp.json',
  '.vscode/tasks.json',
  '.idea/x.xml',
  '.husky/pre-commit',
  '.devcontainer/devcontainer.json',
  '.zed/tasks.json',
]
  .map((path): Attempt => leaves(`making ${path}`, `mkdir -p ${path.split('/')[0]}; echo x >${path}`, inWorkspace(path)))
  .concat(
    ['.mcp.json', '.envrc', '.npmrc', '.bashrc'].map(
      (path): Attempt => leaves(`making ${path}`, `echo x >${path}`, inWorkspace(path)),
    ),
  )
  .concat([leaves('changing what is there', 'echo CHANGED >>.agents/rules.md', holds('.agents/rules.md', 'CHANGED'))]);

const KERNEL: readonly Attempt[] = [
  does('variables of the server', 'env | grep -q CANARY'),
  does('loader variables of the server', 'env | grep -q NODE_OPTIONS'),
  does('variables of process 1', 'tr "\\0" "\\n" </proc/$SERVER/environ | grep -q CANARY'),
  does('an inherited descriptor', 'grep -qs CANARY /proc/self/fd/30'),
  does('processes of the host', 'grep -qsa $MARK-process /proc/[0-9]*/cmdline'),
  does('a signal to the server', 'kill -0 $SERVER'),
  does('shared memory of others', 'ipcs -m | grep -q $SHM'),
  does('capabilities', "grep -q '^CapEff:.*[1-9a-f]' /proc/self/status", { root: true }),
  does('new privileges', "grep -q '^NoNewPrivs:.0' /proc/self/status"),
  does('a kernel setting', 'v=$(cat /proc/sys/kernel/core_pattern); printf %s "$v" >/proc/sys/kernel/core_pattern', {
    root: true,
  }),
  does('another kernel setting', 'test -w /proc/sysrq-trigger', { root: true, optional: true }),
  does('the host name', 'hostname "$(hostname)"', { root: true }),
  does('a user namespace', 'unshare --user true'),
  does('a mount', 'unshare -rm mount -t tmpfs none /mnt'),
  does('another root', 'unshare -r chroot / true'),
  does('namespaces of another process', 'nsenter --target $SERVER --mount true', { root: true }),
  does('the kernel log', 'dmesg | grep -q .', { root: true }),
  does('disks', 'ls /dev | grep -qE "^(vd|sd|nvme|loop|mem$|kmsg$)"'),
  does('control groups', 'ls /sys/fs/cgroup | grep -q .'),
  calls('a key ring', 'print "BREACH" if syscall(250, 0, -3, 1) >= 0', { optional: true }),
  calls('io_uring', 'my $p = "\\0" x 120; print "BREACH" if syscall(425, 1, $p) >= 0', { optional: true }),
  calls('page faults', 'print "BREACH" if syscall(323, 1) >= 0', { optional: true }),
  calls('tracing', 'print "BREACH" if syscall(101, 0, 0, 0, 0) == 0'),
  calls(
    'memory of another process',
    'my $o = "\\0" x 16; my $s = pack("QQ", unpack("Q", pack("P", $o)), 8); print "BREACH" if syscall(310, $$, $s, 0, $s, 0, 0) == 0',
  ),
  calls(
    'file handles',
    'my $h = pack("ii", 128, 0) . "\\0" x 128; my $m = "\\0" x 8; my $d = "."; print "BREACH" if syscall(303, -100, $d, $h, $m, 0) == 0',
  ),
  calls('a user namespace by hand', 'print "BREACH" if syscall(272, 0x10000000) == 0'),
  calls('a socket of the kernel’s ciphers', 'print "BREACH" if socket(my $s, 38, 5, 0)', { optional: true }),
  calls('a socket to the hypervisor', 'print "BREACH" if socket(my $s, 40, 1, 0)', { optional: true }),
  calls('raw packets', 'print "BREACH" if socket(my $s, 17, 3, 0)', { root: true }),
  calls('raw ICMP', 'print "BREACH" if socket(my $s, 2, 3, 1)', { root: true }),
];

const connect = (what: string): string =>
  `perl -MIO::Socket::UNIX -MIO::Socket::INET -e 'my $s = ${what} or exit 1; print scalar <$s>'`;

const NETWORK: readonly Attempt[] = [
  {
    name: 'a server of this machine',
    script: connect('IO::Socket::INET->new(PeerAddr => "127.0.0.1:$ENV{PORT}", Timeout => 2)'),
  },
  { name: 'a socket in the workspace', script: connect('IO::Socket::UNIX->new(Peer => "host.sock")') },
  { name: 'a socket beside the workspace', script: connect('IO::Socket::UNIX->new(Peer => "$ENV{TOP}/outer.sock")') },
  { name: 'the same through a link', script: `ln -s $TOP/outer.sock via; ${connect('IO::Socket::UNIX->new(Peer => "via")')}` },
  { name: 'an abstract socket', script: connect('IO::Socket::UNIX->new(Peer => "\\0$ENV{MARK}")'), optional: true },
];

/** By class; the class is part of each name. */
export const ATTEMPTS: readonly Attempt[] = Object.entries({
  reads: READS,
  writes: WRITES,
  git: GIT,
  agents: AGENTS,
  kernel: KERNEL,
  network: NETWORK,
}).flatMap(([kind, list]) => list.map((attempt) => ({ ...attempt, name: `${kind}: ${attempt.name}` })));
