/** Sandboxes by bubblewrap, and the network slots that belong to them. */
import { rmSync } from 'node:fs';
import { asFault, Fault } from '@countersign/kernel/fault';
import type { EgressSlot, EgressSlots } from '../../ports/egress.ts';
import { Grant } from '../../ports/grant.ts';
import type { Log } from '../../ports/log.ts';
import type { Sandbox, SandboxBackend, SandboxCapability, SandboxSpec } from '../../ports/sandbox.ts';
import { buildParts, type House, type Network } from './build.ts';
import { openGroups } from './cgroup/index.ts';
import { Claims, releaseAbandoned } from './claims.ts';
import { Grounds } from './grounds.ts';
import { abandoned, makePlaces, startOf } from './places.ts';
import { probe } from './probe.ts';
import { onPath } from './program.ts';
import { checkRequirements, refuseLine } from './requirements.ts';
import { BwrapSandbox } from './sandbox.ts';
import { slotNamespaces } from './slot/slots.ts';

export interface BwrapTerms {
  readonly log: Log;
  /** Control group that was handed to this user, below the root of each hierarchy; absent: the one that this process is in. */
  readonly cgroup?: string;
  /** How many of each kind are made ahead of need. */
  readonly pool?: { readonly plain: number; readonly networked: number };
}

const POOL = { plain: 2, networked: 2 } as const;

export class BwrapBackend implements SandboxBackend {
  readonly kind = 'bwrap';
  readonly slots: EgressSlots = { take: () => this.#takeSlot() };
  readonly #terms: BwrapTerms;
  #house: Promise<House> | undefined;
  #capabilities: Promise<readonly SandboxCapability[]> | undefined;
  readonly #open = new Set<Sandbox>();

  constructor(terms: BwrapTerms) {
    this.#terms = terms;
  }

  /** Made when the first one needs it: a server that runs no commands leaves no trace. */
  #opened(): Promise<House> {
    this.#house ??= this.#openHouse();
    return this.#house;
  }

  async #openHouse(): Promise<House> {
    const bwrap = onPath('bwrap');
    if (process.platform !== 'linux' || bwrap === undefined)
      return refuseLine('sandbox', 'bubblewrap is not there; install it, for example with `apt-get install bubblewrap`');
    const uid = process.getuid?.() ?? 0;
    const places = makePlaces(uid);
    const groups = openGroups(this.#terms.cgroup);
    await groups.sweep(isAbandonedGroup);
    for (const own of abandoned(places.base)) {
      await releaseAbandoned(own);
      rmSync(own, { recursive: true, force: true });
      this.#terms.log.warn('sandbox.swept', { own });
    }
    const grounds = new Grounds({ places, bwrap, root: uid === 0, ...(this.#terms.pool ?? POOL) });
    return { places, groups, claims: new Claims(places.own), grounds, bwrap, root: uid === 0 };
  }

  async #takeSlot(): Promise<EgressSlot> {
    const { grounds } = await this.#opened();
    return grounds.takeSlot();
  }

  /** Makes what is kept ahead of need. Resolves in any case: what cannot be made is told to those who need it. */
  async warm(): Promise<void> {
    await this.#opened().then(
      ({ grounds }) => grounds.warm(),
      () => undefined,
    );
  }

  /** Tried once in the life of the process; about a second. */
  capabilities(): Promise<readonly SandboxCapability[]> {
    this.#capabilities ??= this.#probe();
    return this.#capabilities;
  }

  async #probe(): Promise<readonly SandboxCapability[]> {
    let house: House;
    try {
      house = await this.#opened();
    } catch (thrown) {
      this.#house = undefined;
      this.#capabilities = undefined;
      return [{ name: 'bubblewrap', enforced: false, detail: asFault(thrown).publicText }];
    }
    const { bwrap, groups } = house;
    const found = await probe(house, (name, why) => this.#terms.log.warn('sandbox.not-enforced', { name, why }));
    return [
      { name: 'bubblewrap', enforced: true, detail: bwrap },
      { name: 'control-groups', enforced: groups.mode !== 'none', detail: groups.detail },
      ...found,
    ];
  }

  async create(grant: Grant, spec: SandboxSpec, network?: Network): Promise<Sandbox> {
    const { action } = Grant.check(grant, grant.terms.action);
    if (!action.startsWith('command.')) throw new TypeError(`a grant for ${action} runs no commands`);
    const house = await this.#opened();
    checkRequirements(spec, house.groups);
    if ((spec.network === 'door') !== (network !== undefined && slotNamespaces(network.slot) !== undefined))
      throw new Fault('sandbox.failed', 'The sandbox and its network do not fit together.', {
        internal: `network: ${spec.network}`,
      });
    const parts = await buildParts(house, spec, network);
    const undo = (): ReturnType<typeof parts.undo> => parts.undo().finally(() => this.#open.delete(sandbox));
    const sandbox = new BwrapSandbox({ ...parts, undo });
    this.#open.add(sandbox);
    return sandbox;
  }

  /** Ends every sandbox, and takes away what this process made. */
  async close(): Promise<void> {
    await Promise.allSettled([...this.#open].map((sandbox) => sandbox.dispose()));
    const house = await this.#house?.catch(() => undefined);
    if (house === undefined) return;
    await house.grounds.close();
    rmSync(house.places.own, { recursive: true, force: true });
  }
}

/** Groups are named by pid, start and run; see `groupName`. */
function isAbandonedGroup(name: string): boolean {
  const [, pid, start] = /^(\d+)-(\d+)-\d+-/.exec(name) ?? [];
  return pid !== undefined && startOf(Number(pid)) !== start;
}

export { sandboxBase } from './places.ts';

export const createBwrapBackend = (terms: BwrapTerms): BwrapBackend => new BwrapBackend(terms);
