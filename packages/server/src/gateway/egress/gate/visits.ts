/** What one run did where, added up until it is written. */
import type { EgressRun } from '../../../ports/egress.ts';
import type { Sighting, Visitor } from '../../../ports/familiarity.ts';
import type { Mutable } from '../../../ports/mutable.ts';
import { domainOf } from './known.ts';

export class Visits {
  readonly #org: string;
  readonly #visitor: Visitor;
  readonly #seen = new Set<string>();
  #open = new Map<string, Mutable<Sighting>>();

  constructor(org: string, { caller, repository }: EgressRun) {
    this.#org = org;
    this.#visitor = {
      repository: repository ?? caller.mandate?.repository ?? '',
      agentKind: caller.person === true ? 'person' : caller.agent.role,
    };
  }

  /** A run counts once for each host, whatever it does there. */
  allowed(host: string): void {
    const row = this.#row(host, 'allowed');
    if (!this.#seen.has(host)) row.runs += 1;
    this.#seen.add(host);
  }

  denied(host: string): void {
    this.#row(host, 'denied').runs += 1;
  }

  moved(host: string, uploadBytes: number, downloadBytes: number): void {
    const row = this.#row(host, 'allowed');
    row.connections += 1;
    row.uploadBytes += uploadBytes;
    row.downloadBytes += downloadBytes;
  }

  /** What has not been taken before. */
  take(): readonly Sighting[] {
    const taken = [...this.#open.values()];
    this.#open = new Map();
    return taken;
  }

  #row(host: string, verdict: Sighting['verdict']): Mutable<Sighting> {
    const key = `${verdict} ${host}`;
    let row = this.#open.get(key);
    if (row === undefined) {
      const none = { runs: 0, connections: 0, uploadBytes: 0, downloadBytes: 0 };
      row = { org: this.#org, host, domain: domainOf(host), verdict, ...this.#visitor, ...none };
      this.#open.set(key, row);
    }
    return row;
  }
}
