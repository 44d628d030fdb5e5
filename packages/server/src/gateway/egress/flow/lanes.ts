/** Connections to origins that one run keeps for its next request. Never shared between runs. */
import type { Grant } from '../../../ports/grant.ts';
import type { DialProblem, DialTarget, EgressUpstream } from '../../../ports/egress-upstream.ts';
import { Inlet } from './inlet.ts';
import type { Socket } from 'node:net';

const IDLE_MS = 15_000;
const IDLE_LANES_MAX = 8;

export interface Lane {
  readonly socket: Socket;
  readonly inlet: Inlet;
  readonly address: string;
  /** It has carried a request before, so the origin may have closed it by now. */
  readonly used: boolean;
}

export const isLane = (value: Lane | DialProblem): value is Lane => 'inlet' in value;

interface Idle {
  readonly lane: Lane;
  readonly timer: NodeJS.Timeout;
}

export class Lanes {
  readonly #upstream: EgressUpstream;
  readonly #signal: AbortSignal;
  readonly #idle = new Map<string, Idle[]>();
  readonly #open = new Set<Socket>();

  constructor(upstream: EgressUpstream, signal: AbortSignal) {
    this.#upstream = upstream;
    this.#signal = signal;
  }

  /** @param fresh a kept one will not do */
  async take(grant: Grant, target: DialTarget, fresh = false): Promise<Lane | DialProblem> {
    const idle = fresh ? undefined : this.#takeIdle(keyOf(target));
    if (idle !== undefined) return idle;
    const dialled = await this.#upstream.connect(grant, target, this.#signal);
    if (!('socket' in dialled)) return dialled;
    const { socket, address } = dialled;
    socket.on('error', () => undefined);
    this.#open.add(socket);
    socket.on('close', () => this.#open.delete(socket));
    return { socket, inlet: new Inlet(socket), address, used: false };
  }

  /** Back for the next request: the answer was read to its end and nothing lies behind it. */
  give(target: DialTarget, lane: Lane): void {
    const key = keyOf(target);
    const kept = this.#idle.get(key) ?? [];
    const usable = !lane.inlet.gone && !lane.inlet.waiting && !lane.socket.destroyed && !this.#signal.aborted;
    if (!usable || kept.length >= IDLE_LANES_MAX) {
      lane.socket.destroy();
      return;
    }
    const timer = setTimeout(() => lane.socket.destroy(), IDLE_MS);
    kept.push({ lane: { ...lane, used: true }, timer });
    this.#idle.set(key, kept);
  }

  close(): void {
    for (const idle of this.#idle.values()) for (const { timer } of idle) clearTimeout(timer);
    this.#idle.clear();
    for (const socket of this.#open) socket.destroy();
  }

  #takeIdle(key: string): Lane | undefined {
    const kept = this.#idle.get(key);
    for (let idle = kept?.pop(); idle !== undefined; idle = kept?.pop()) {
      clearTimeout(idle.timer);
      const { lane } = idle;
      // Bytes that nobody asked for would be taken for the next answer.
      if (!lane.inlet.gone && !lane.inlet.waiting && !lane.socket.destroyed) return lane;
      lane.socket.destroy();
    }
    return undefined;
  }
}

const keyOf = ({ host, port, tls, private: isPrivate }: DialTarget): string => `${host} ${port} ${tls} ${isPrivate}`;
