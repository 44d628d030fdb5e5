/** What the network door is given. */
import type { Clock } from '../../ports/clock.ts';
import type { EgressGate } from '../../ports/egress-gate.ts';
import type { EgressAuthority, EgressSecrets, EgressUpstream } from '../../ports/egress-upstream.ts';
import type { Log } from '../../ports/log.ts';

export interface NetworkDoorDeps {
  readonly gate: EgressGate;
  readonly upstream: EgressUpstream;
  readonly authority: EgressAuthority;
  readonly secrets: EgressSecrets;
  readonly clock: Clock;
  readonly log: Log;
}
