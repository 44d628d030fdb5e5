/** JSON web tokens of the issuers that the bundle names. Whatever cannot be checked is refused. */
import { Fault } from '@countersign/kernel/fault';
import { decodeJwt, errors, type JWTPayload, jwtVerify } from 'jose';
import type { Clock } from '../../ports/clock.ts';
import type { TokenVerifier } from '../../ports/identity.ts';
import type { OidcLogin } from '../../ports/registry.ts';
import { IssuerKeys } from './keys.ts';

/** Asymmetric only: with a symmetric one, whoever knows the public key could sign. */
const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA'] as const;
/** Clocks may differ by this much. */
const LEEWAY_SECONDS = 60;
const TOKEN_CHARS_MAX = 16_384;
/** Issuers whose keys are held. The bundle names them, so that a token cannot make us ask anybody else. */
const ISSUERS_MAX = 64;

interface OidcDeps {
  /** Logins of the bundle in force; asked for each token, so that a new bundle counts at once. */
  readonly logins: () => readonly OidcLogin[];
  readonly clock: Clock;
}

const invalid = (text: string, cause?: unknown) =>
  new Fault('identity.invalid', text, {
    ...(cause === undefined ? {} : { cause }),
    ...(cause instanceof Error ? { internal: `${cause.name}: ${cause.message}` } : {}),
  });

/** Issuer as the token claims it, before anything is verified: it only chooses whose keys are used. */
function claimedIssuer(token: string): string {
  if (token.length > TOKEN_CHARS_MAX) throw invalid('The token is too long.');
  try {
    const { iss } = decodeJwt(token);
    if (typeof iss === 'string' && iss !== '') return iss;
  } catch (cause) {
    throw invalid('The token is not a JSON web token.', cause);
  }
  throw invalid('The token names no issuer.');
}

function faultOf(thrown: unknown): Fault {
  if (thrown instanceof errors.JWTExpired) return new Fault('identity.expired', 'The token has expired.', { cause: thrown });
  if (thrown instanceof errors.JWTClaimValidationFailed)
    return invalid(`The claim \`${thrown.claim}\` of the token does not fit.`, thrown);
  if (thrown instanceof errors.JWSSignatureVerificationFailed)
    return invalid('The signature of the token does not hold.', thrown);
  if (thrown instanceof errors.JOSEAlgNotAllowed)
    return invalid('The token is signed with an algorithm that is not accepted.', thrown);
  if (thrown instanceof errors.JWKSNoMatchingKey) return invalid('The issuer has no such key.', thrown);
  if (thrown instanceof errors.JOSEError && !(thrown instanceof errors.JWKSTimeout))
    return invalid('The token cannot be verified.', thrown);
  return invalid("The issuer's keys cannot be had at this moment, so the token is refused.", thrown);
}

const audienceOf = ({ aud }: JWTPayload): readonly string[] => (aud === undefined ? [] : typeof aud === 'string' ? [aud] : aud);

export function createTokenVerifier(deps: OidcDeps): TokenVerifier {
  const held = new Map<string, IssuerKeys>();

  function keysOf(issuer: string, jwksUri: string | undefined): IssuerKeys {
    const name = JSON.stringify([issuer, jwksUri ?? null]);
    const known = held.get(name);
    if (known !== undefined) return known;
    if (held.size >= ISSUERS_MAX) held.clear();
    const keys = new IssuerKeys(issuer, jwksUri, () => deps.clock.now());
    held.set(name, keys);
    return keys;
  }

  return {
    async verify(token) {
      const issuer = claimedIssuer(token);
      const logins = deps.logins().filter((login) => login.issuer === issuer);
      if (logins.length === 0) throw invalid('The issuer of the token is not registered here.');
      const jwksUri = logins.find((login) => login.jwksUri !== undefined)?.jwksUri;
      try {
        const resolver = await keysOf(issuer, jwksUri).resolver();
        const { payload } = await jwtVerify(token, resolver, {
          algorithms: [...ALGORITHMS],
          issuer,
          audience: [...new Set(logins.map(({ audience }) => audience))],
          clockTolerance: LEEWAY_SECONDS,
          currentDate: new Date(deps.clock.now()),
          requiredClaims: ['exp', 'iss', 'aud'],
        });
        return { issuer, audience: audienceOf(payload), claims: payload };
      } catch (thrown) {
        throw faultOf(thrown);
      }
    },
  };
}
