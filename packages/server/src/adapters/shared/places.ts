/** Concurrent calls to one provider: so many places, and a queue with a deadline that serves agents in turn, not requests in line. */

export interface Waiting {
  /** Leaves the queue; no effect after it was served or refused. */
  leave(): void;
}

/** Longer queues would only time out. */
const QUEUE_MAX = 10_000;

interface Waiter {
  readonly serve: () => void;
  readonly timer: NodeJS.Timeout;
}

export class Places {
  readonly #capacity: number;
  #used = 0;
  #waiting = 0;
  /** Insertion order is the turn: a served agent goes to the end. */
  readonly #queues = new Map<string, Waiter[]>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Takes a place if one is free and nobody waits. */
  take(): boolean {
    if (this.#used >= this.#capacity || this.#waiting > 0) return false;
    this.#used += 1;
    return true;
  }

  /** Calls `serve` with a place taken, or `refuse` when none came free in time. */
  wait(agent: string, timeoutMs: number, calls: { serve: () => void; refuse: () => void }): Waiting {
    if (this.#waiting >= QUEUE_MAX || timeoutMs <= 0) {
      queueMicrotask(calls.refuse);
      return { leave: () => undefined };
    }
    const waiter: Waiter = {
      serve: calls.serve,
      timer: setTimeout(() => {
        if (this.#remove(agent, waiter)) calls.refuse();
      }, timeoutMs),
    };
    const queue = this.#queues.get(agent);
    if (queue === undefined) this.#queues.set(agent, [waiter]);
    else queue.push(waiter);
    this.#waiting += 1;
    return { leave: () => this.#remove(agent, waiter) };
  }

  /** Gives a place back, to the next agent in turn when one waits. */
  free(): void {
    const next = this.#queues.entries().next();
    if (next.done === true) {
      this.#used -= 1;
      return;
    }
    const [agent, queue] = next.value;
    const waiter = queue.shift();
    this.#queues.delete(agent);
    if (queue.length > 0) this.#queues.set(agent, queue);
    if (waiter === undefined) return;
    this.#waiting -= 1;
    clearTimeout(waiter.timer);
    waiter.serve();
  }

  #remove(agent: string, waiter: Waiter): boolean {
    const queue = this.#queues.get(agent);
    const at = queue?.indexOf(waiter) ?? -1;
    if (queue === undefined || at === -1) return false;
    queue.splice(at, 1);
    if (queue.length === 0) this.#queues.delete(agent);
    this.#waiting -= 1;
    clearTimeout(waiter.timer);
    return true;
  }
}
