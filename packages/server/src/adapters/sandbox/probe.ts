/** What this machine enforces, found by trying: each limit and wall is run against once, in a workspace that is thrown away. */
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asFault } from '@countersign/kernel/fault';
import type { EgressServing, EgressSlot } from '../../ports/egress.ts';
import type { SandboxCapability, SandboxEnd, SandboxReceipt, SandboxSpec } from '../../ports/sandbox.ts';
import { buildParts, type House, type Network } from './build.ts';
import { BwrapSandbox } from './sandbox.ts';

const MIB = 1_048_576;
const WALL_MS = 10_000;

interface Tried extends SandboxEnd {
  readonly text: string;
  readonly receipt: SandboxReceipt;
}

interface Attempt {
  readonly name: string;
  /** What is said when it holds. */
  readonly holds: string;
  /** What to do when it does not. */
  readonly advice: string;
  readonly run: (bench: Bench) => Promise<boolean>;
}

/** A throw-away place with something beside it that must not be seen. */
class Bench {
  readonly house: House;
  readonly #folder: string;
  #runs = 0;

  constructor(house: House) {
    this.house = house;
    this.#folder = realpathSync(mkdtempSync(join(tmpdir(), 'countersign-probe-')));
    mkdirSync(this.workspace);
    writeFileSync(this.secret, 'seen');
    chmodSync(this.#folder, 0o755);
  }

  get workspace(): string {
    return join(this.#folder, 'workspace');
  }

  get secret(): string {
    return join(this.#folder, 'secret');
  }

  close(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async sh(text: string, limits: Partial<SandboxSpec['limits']> = {}, network?: Network): Promise<Tried> {
    const sandbox = new BwrapSandbox(await buildParts(this.house, this.#spec(limits, network), network));
    let said = '';
    const take = (chunk: Uint8Array): void => {
      if (said.length < 10_000) said += Buffer.from(chunk).toString();
    };
    try {
      const end = await sandbox.exec({ argv: ['/bin/sh', '-c', text] }, { stdin: 'none', stdout: take, stderr: take });
      return { ...end, text: said, receipt: await sandbox.dispose() };
    } finally {
      await sandbox.dispose();
    }
  }

  #spec(limits: Partial<SandboxSpec['limits']>, network: Network | undefined): SandboxSpec {
    this.#runs += 1;
    const none = { memoryBytes: 0, processes: 0, cpuPercent: 0, workspaceBytes: 0, workspaceFiles: 0 };
    const some = { fileBytes: 64 * MIB, openFiles: 256, tmpBytes: 64 * MIB, outputBytes: MIB, wallMs: WALL_MS };
    const nobody = { org: '', agent: 'probe', onBehalfOf: '', mandate: null, task: null, repository: null };
    return {
      profile: 'probe',
      workspace: { path: this.workspace, mode: 'write', hidden: [], protect: [] },
      mounts: [],
      roots: [this.workspace],
      environment: {},
      limits: { ...none, ...some, ...limits },
      network: network === undefined ? 'none' : 'door',
      nested: false,
      debug: false,
      least: 'bwrap',
      identity: { ...nobody, run: `probe-${this.#runs}` },
    };
  }
}

const USER_NAMESPACES =
  'let programs make user namespaces: sysctl user.max_user_namespaces above 0, kernel.unprivileged_userns_clone=1, and on Ubuntu kernel.apparmor_restrict_unprivileged_userns=0 or a profile for bwrap and unshare';
const GROUPS =
  'run as root, or hand over a control group (systemd: `Delegate=yes`); until then profiles need `none` in this line';

const ATTEMPTS: readonly Attempt[] = [
  {
    name: 'namespaces',
    holds: 'a command runs in namespaces of its own',
    advice: USER_NAMESPACES,
    run: async (bench) => (await bench.sh('exit 7')).code === 7,
  },
  {
    name: 'files',
    holds: 'nothing but the workspace and the system is seen',
    advice: 'see the log; this must never fail',
    run: async (bench) => (await bench.sh(`cat ${bench.secret} || exit 9`)).code === 9,
  },
  {
    name: 'user',
    holds: 'no capability, no new privileges, and never root of this machine',
    advice: 'see the log; this must never fail',
    run: async (bench) => {
      const { text } = await bench.sh('cat /proc/self/status /proc/self/uid_map');
      return (
        /^CapEff:\s*0+$/m.test(text) &&
        /^CapBnd:\s*0+$/m.test(text) &&
        /^NoNewPrivs:\s*1$/m.test(text) &&
        /^\s*1000\s/m.test(text)
      );
    },
  },
  {
    name: 'system-calls',
    holds: 'calls that reach into the kernel are refused',
    advice: 'a kernel with CONFIG_SECCOMP_FILTER is needed',
    run: async (bench) => {
      const { text } = await bench.sh('grep Seccomp: /proc/self/status; unshare --user true && echo entered');
      return /^Seccomp:\s*2$/m.test(text) && !text.includes('entered');
    },
  },
  {
    name: 'kernel-settings',
    holds: '/proc/sys cannot be written',
    advice: 'see the log; this must never fail',
    // Should it be possible, it writes what is there already.
    run: async (bench) =>
      (await bench.sh('p=/proc/sys/kernel/core_pattern; v=$(cat $p); (printf %s "$v" >$p) 2>/dev/null && exit 1; exit 9'))
        .code === 9,
  },
  {
    name: 'memory-limit',
    holds: 'too much memory ends the sandbox',
    advice: GROUPS,
    run: async (bench) => {
      if (!bench.house.groups.holds.memory) return false;
      return (await bench.sh('head -c 96M /dev/zero | tail | wc -c', { memoryBytes: 32 * MIB })).killed === 'memory';
    },
  },
  {
    name: 'process-limit',
    holds: 'too many processes are refused',
    advice: GROUPS,
    run: async (bench) => {
      if (!bench.house.groups.holds.processes) return false;
      const { code } = await bench.sh('i=0; while [ $i -lt 30 ]; do sleep 1 & i=$((i+1)); done; exit 3', { processes: 16 });
      return code !== 3;
    },
  },
  {
    name: 'cpu-limit',
    holds: 'processor time is shared out',
    advice: GROUPS,
    run: async (bench) => {
      if (!bench.house.groups.holds.cpu) return false;
      const { receipt } = await bench.sh('timeout 0.5 sh -c "while :; do :; done"; exit 0', { cpuPercent: 20 });
      return receipt.cpuMs === undefined || receipt.cpuMs < 350;
    },
  },
  {
    name: 'file-size',
    holds: 'a file does not grow over its limit',
    advice: 'see the log',
    run: async (bench) => (await bench.sh('head -c 2M /dev/zero >big || exit 9', { fileBytes: MIB })).code === 9,
  },
  {
    name: 'temporary-files',
    holds: 'private temporary files of a limited size',
    advice: USER_NAMESPACES,
    run: async (bench) => (await bench.sh('head -c 8M /dev/zero >/tmp/big || exit 9', { tmpBytes: 4 * MIB })).code === 9,
  },
  {
    name: 'workspace-quota',
    holds: 'the workspace does not grow over its quota',
    advice: USER_NAMESPACES,
    run: async (bench) => (await bench.sh('head -c 8M /dev/zero >big || exit 9', { workspaceBytes: 4 * MIB })).code === 9,
  },
  {
    name: 'whole-tree',
    holds: 'nothing outlives its sandbox',
    advice: 'see the log; this must never fail',
    run: async (bench) => {
      const mark = `31${process.pid}.5`;
      await bench.sh(`setsid sleep ${mark} >/dev/null 2>&1 & exit 0`);
      return !readdirSync('/proc').some((name) => /^\d+$/.test(name) && commandOf(name).includes(mark));
    },
  },
  {
    name: 'network-slot',
    holds: 'the only way out is the network door',
    advice: `${USER_NAMESPACES}; see the log`,
    run: async (bench) => asksOurNames(bench),
  },
];

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

const NOTHING = { connections: 0, uploadBytes: 0, downloadBytes: 0, denied: 0 };
const serving: EgressServing = {
  ca: undefined,
  caOnly: false,
  totals: () => NOTHING,
  close: () => Promise.resolve(NOTHING),
};

/** A name that is looked up inside is asked of us, and nothing leads anywhere else. */
async function asksOurNames(bench: Bench): Promise<boolean> {
  const slot: EgressSlot = await bench.house.grounds.takeSlot();
  let asked = false;
  slot.dns?.once('message', () => {
    asked = true;
  });
  try {
    const { text } = await bench.sh('getent hosts probe.invalid; tail -n +2 /proc/net/route', {}, { slot, serving });
    return asked && text.trim() === '';
  } finally {
    await slot.close();
  }
}

/** @param told is given what went wrong, for the log */
export async function probe(house: House, told: (name: string, why: string) => void): Promise<SandboxCapability[]> {
  const bench = new Bench(house);
  const found: SandboxCapability[] = [];
  try {
    for (const { name, holds, advice, run } of ATTEMPTS) {
      const enforced = await run(bench).catch((thrown: unknown) => {
        const fault = asFault(thrown);
        told(name, fault.internalText ?? fault.publicText);
        return false;
      });
      found.push({ name, enforced, detail: enforced ? holds : advice });
    }
    return found;
  } finally {
    bench.close();
  }
}
