/**
 * Grants of decisions that another node of the installation made. A runner has no road of its own: it acts on the word of the node that it serves,
 * and that node has the decision on record before it sends the order.
 */
import type { Grant, GrantTerms } from '../ports/grant.ts';
import { mintGrant } from './mint.ts';

/** INVARIANT: called only after whoever sent the terms has proven to be that node. */
export const delegatedGrant = (terms: GrantTerms): Grant => mintGrant(terms);
