/** Error codes of JSON-RPC and MCP. Our own refusals use the HTTP status as their code: that range belongs to nobody. */

export const PARSE_ERROR = -32700;
export const INVALID_REQUEST = -32600;
export const METHOD_NOT_FOUND = -32601;
export const INVALID_PARAMS = -32602;
/** Header and body differ (2026-07-28). */
export const HEADER_MISMATCH = -32020;
/** The client did not declare what the answer needs (2026-07-28). */
export const MISSING_CAPABILITY = -32021;
export const UNSUPPORTED_VERSION = -32022;
/** A link has to be opened first (2025-11-25). */
export const URL_ELICITATION_REQUIRED = -32042;
