/** The only place where grants are minted. INVARIANT: the road calls this after the decision is durable, never before. */
import { claimMint } from '../ports/grant.ts';

export const mintGrant = claimMint();
