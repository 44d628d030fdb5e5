/** The use case that a request counts for: what it says, else that of its mandate, else the only one that the agent has. */
import type { Caller } from '../../ports/road.ts';

export function useCaseOf({ agent, mandate }: Caller, stated: string | undefined): string {
  const only = agent.useCases.length === 1 ? agent.useCases[0] : undefined;
  return stated ?? mandate?.useCase ?? only ?? 'unspecified';
}
