/** Transport errors in the port's words. */
import type { UpstreamFailureKind } from '../../ports/upstream.ts';

const KINDS: Readonly<Record<string, UpstreamFailureKind>> = {
  UND_ERR_CONNECT_TIMEOUT: 'connect-timeout',
  UND_ERR_HEADERS_TIMEOUT: 'first-byte-timeout',
  UND_ERR_BODY_TIMEOUT: 'idle-timeout',
  ECONNREFUSED: 'refused',
  ENOTFOUND: 'refused',
  EAI_AGAIN: 'refused',
  EHOSTUNREACH: 'refused',
  ENETUNREACH: 'refused',
  UND_ERR_HEADERS_OVERFLOW: 'garbage',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'reset',
  UND_ERR_SOCKET: 'reset',
  ECONNRESET: 'reset',
  EPIPE: 'reset',
};

export function failureKind(error: Error): UpstreamFailureKind {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const known = KINDS[code];
  if (known !== undefined) return known;
  // llhttp: the answer is no HTTP.
  if (error.name === 'HTTPParserError') return 'garbage';
  // Certificates and TLS versions: there is no connection.
  if (code.startsWith('ERR_TLS') || code.startsWith('ERR_SSL') || code.includes('CERT') || code === 'EPROTO') return 'refused';
  return 'reset';
}
