/** Anthropic's error form. Claude Code shows 403, and 429 `billing_error`, and repeats neither when told so. */
import type { Denial } from '../../../ports/road.ts';
import {
  type ClientKind,
  denialHeaders,
  type ErrorAnswer,
  type Face,
  REQUEST_STATUS,
  structured,
  teach,
  troubleHeaders,
} from './face.ts';

export const anthropicFace: Face = {
  denial(denial, client) {
    const status = statusOf(denial, client);
    return {
      status,
      headers: denialHeaders(denial),
      body: {
        type: 'error',
        error: { type: typeOf(denial, status), message: teach(denial), countersign: structured(denial) },
        request_id: denial.requestId,
      },
    };
  },

  trouble(trouble, requestId): ErrorAnswer {
    return {
      status: trouble.status,
      headers: troubleHeaders(trouble),
      body: {
        type: 'error',
        error: {
          type: trouble.type ?? TYPES[trouble.status] ?? (trouble.status < 500 ? 'invalid_request_error' : 'api_error'),
          message: `Countersign: ${trouble.message} [${trouble.code}, request ${requestId}]`,
        },
        request_id: requestId,
      },
    };
  },
};

function statusOf(denial: Denial, client: ClientKind): number {
  switch (denial.kind) {
    case 'identity':
      return 401;
    case 'budget':
      return 429;
    case 'store':
      return 503;
    case 'request': {
      const status = REQUEST_STATUS[denial.code] ?? 400;
      // Claude Code repeats a 400 without its beta features, one by one, and shows no text of a 404.
      return client === 'claude-code' && status !== 413 ? 403 : status;
    }
    default:
      return 403;
  }
}

const TYPES: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  504: 'timeout_error',
  529: 'overloaded_error',
};

const typeOf = (denial: Denial, status: number): string =>
  denial.kind === 'budget' ? 'billing_error' : (TYPES[status] ?? (status < 500 ? 'invalid_request_error' : 'api_error'));
