/** Secrets that the door puts into requests, by reference. */
import type { Clock } from '../../ports/clock.ts';
import type { EgressSecrets } from '../../ports/egress-upstream.ts';
import { Credentials, type Environment } from '../shared/credential.ts';

export function createEgressSecrets(clock: Clock, environment: Environment): EgressSecrets {
  const credentials = new Credentials(clock, environment);
  return { resolve: (reference) => credentials.resolve(reference) ?? undefined };
}
