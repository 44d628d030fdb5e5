/** The approval page's session: a signed, short-lived cookie that names a credential, and form tokens bound to it. Nothing is stored. */
import { createHmac, randomBytes } from 'node:crypto';
import { isSameText } from '../../ports/same-text.ts';

/** Minutes enough for a few decisions; then the key is asked for again. */
export const SESSION_MS = 15 * 60_000;

export interface PageSession {
  readonly credential: string;
  readonly person: string;
  /** Random, per sign-in: form tokens are bound to it. */
  readonly nonce: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

const NONCE = /^[A-Za-z0-9_-]{22}$/;

export const newNonce = (): string => randomBytes(16).toString('base64url');

function mac(secret: Uint8Array, use: string, text: string): string {
  return createHmac('sha256', secret).update(`countersign/approve-page/${use}\0${text}`).digest('base64url');
}

export function sealSession(secret: Uint8Array, session: PageSession): string {
  const text = Buffer.from(JSON.stringify([session.credential, session.person, session.nonce, session.expiresAt])).toString(
    'base64url',
  );
  return `${text}.${mac(secret, 'session', text)}`;
}

/** The session of a cookie, or undefined when it is forged, malformed or over. */
export function openSession(secret: Uint8Array, cookie: string | undefined, now: number): PageSession | undefined {
  const [, text, signature] = /^([A-Za-z0-9_-]{1,1024})\.([A-Za-z0-9_-]{43})$/.exec(cookie ?? '') ?? [];
  if (text === undefined || signature === undefined || !isSameText(signature, mac(secret, 'session', text))) return undefined;
  const [credential, person, nonce, expiresAt] = JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as [
    string,
    string,
    string,
    number,
  ];
  return expiresAt > now ? { credential, person, nonce, expiresAt } : undefined;
}

/** Token for one form of one session (or of one sign-in page). */
export const formToken = (secret: Uint8Array, nonce: string, form: string): string => mac(secret, 'form', `${nonce}\0${form}`);

export function formTokenHolds(secret: Uint8Array, nonce: string | undefined, form: { name: string; token: string }): boolean {
  return nonce !== undefined && NONCE.test(nonce) && isSameText(form.token, formToken(secret, nonce, form.name));
}
