/**
 * A grant is proof of one allowed act. INVARIANT: only `govern` can mint one: the minting function is handed out once, to the first
 * module that asks, and the private field makes literals and structured clones fail `Grant.check`.
 */
export interface GrantTerms {
  readonly id: string;
  readonly decision: string;
  readonly org: string;
  readonly action: string;
  readonly agent: string;
  readonly resource: { readonly type: string; readonly id: string };
  readonly mandate: string | null;
  readonly obligations: readonly string[];
  /** Milliseconds since the epoch; an act that starts later is refused. */
  readonly expiresAt: number;
}

const KEY = Symbol('mint');

export class Grant {
  readonly #minted = true;
  readonly terms: GrantTerms;

  constructor(key: symbol, terms: GrantTerms) {
    if (key !== KEY) throw new TypeError('a grant is minted by the road only');
    this.terms = Object.freeze(terms);
  }

  /** @throws TypeError when `value` was not minted here, or is for another action */
  static check(value: unknown, action: string): GrantTerms {
    if (typeof value !== 'object' || value === null || !(#minted in value)) throw new TypeError('no grant, no act');
    const { terms } = value as Grant;
    if (terms.action !== action) throw new TypeError(`the grant is for ${terms.action}, not ${action}`);
    return terms;
  }
}

let handedOut = false;

/** Hands out the minting function, once in the life of the process. `govern` takes it when it is loaded. */
export function claimMint(): (terms: GrantTerms) => Grant {
  if (handedOut) throw new Error('the mint was claimed already');
  handedOut = true;
  return (terms) => new Grant(KEY, terms);
}
