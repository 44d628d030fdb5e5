/** An issuer's public keys: found by discovery or a fixed address, cached, bounded, and fetched again when a key id is new. */
import { createRemoteJWKSet, customFetch, type JWTVerifyGetKey } from 'jose';

/** Keys are believed this long without asking again. */
const CACHE_MS = 600_000;
/** An unknown key id makes us ask again, but not more often than this: forged tokens must not make us hammer an issuer. */
const COOLDOWN_MS = 30_000;
/** After a failure nobody asks for this long, and everyone is denied meanwhile. */
const BACKOFF_MS = 5_000;
const FETCH_TIMEOUT_MS = 5_000;
const DOCUMENT_BYTES_MAX = 262_144;

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/** @throws Error for anything but https; plain HTTP only on this machine */
export function safeUrl(text: string): URL {
  const url = new URL(text);
  if (url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.has(url.hostname))) return url;
  throw new Error('issuer documents are fetched over https only');
}

/** At most `DOCUMENT_BYTES_MAX`, status 200, no redirects. */
async function fetchDocument(url: string, signal: AbortSignal): Promise<Response> {
  const response = await fetch(url, { redirect: 'manual', signal, headers: { accept: 'application/json' } });
  if (response.status !== 200 || response.body === null) throw new Error(`the issuer answered ${response.status}`);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body) {
    size += chunk.length;
    if (size > DOCUMENT_BYTES_MAX) throw new Error('the issuer sent too much');
    chunks.push(chunk);
  }
  return new Response(Buffer.concat(chunks), { status: 200, headers: { 'content-type': 'application/json' } });
}

/** OIDC discovery; the document must name the same issuer. */
async function discover(issuer: string): Promise<string> {
  const url = safeUrl(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`);
  const document = (await (await fetchDocument(url.href, AbortSignal.timeout(FETCH_TIMEOUT_MS))).json()) as {
    issuer?: unknown;
    jwks_uri?: unknown;
  };
  if (document.issuer !== issuer || typeof document.jwks_uri !== 'string')
    throw new Error('the discovery document does not fit the issuer');
  return document.jwks_uri;
}

export class IssuerKeys {
  readonly #issuer: string;
  readonly #jwksUri: string | undefined;
  readonly #now: () => number;
  #resolver: Promise<JWTVerifyGetKey> | undefined;
  #failedAt = Number.NEGATIVE_INFINITY;

  constructor(issuer: string, jwksUri: string | undefined, now: () => number) {
    this.#issuer = issuer;
    this.#jwksUri = jwksUri;
    this.#now = now;
  }

  /** @throws Error when the keys cannot be had */
  async resolver(): Promise<JWTVerifyGetKey> {
    this.#resolver ??= this.#open();
    try {
      return await this.#resolver;
    } catch (thrown) {
      this.#resolver = undefined;
      throw thrown;
    }
  }

  async #open(): Promise<JWTVerifyGetKey> {
    const uri = this.#jwksUri ?? (await this.#guard(() => discover(this.#issuer)));
    return createRemoteJWKSet(safeUrl(uri), {
      timeoutDuration: FETCH_TIMEOUT_MS,
      cooldownDuration: COOLDOWN_MS,
      cacheMaxAge: CACHE_MS,
      [customFetch]: (url, { signal }) => this.#guard(() => fetchDocument(url, signal)),
    });
  }

  async #guard<T>(fetching: () => Promise<T>): Promise<T> {
    if (this.#now() - this.#failedAt < BACKOFF_MS) throw new Error('the issuer failed a moment ago');
    try {
      return await fetching();
    } catch (thrown) {
      this.#failedAt = this.#now();
      throw thrown;
    }
  }
}
