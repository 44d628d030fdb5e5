/** OpenAI's error form. Codex shows a 400 as it came and repeats every other status, so it gets 400 for whatever is final. */
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
  type UpstreamTrouble,
} from './face.ts';

export const openaiFace: Face = {
  denial(denial, client) {
    return {
      status: statusOf(denial, client),
      headers: denialHeaders(denial),
      body: {
        error: {
          message: teach(denial),
          type: typeOf(denial),
          param: null,
          code: codeOf(denial),
          countersign: structured(denial),
        },
      },
    };
  },

  trouble(trouble, requestId, client): ErrorAnswer {
    return {
      status: client === 'codex' && trouble.final ? 400 : trouble.status,
      headers: troubleHeaders(trouble),
      body: {
        error: {
          message: `Countersign: ${trouble.message} [${trouble.code}, request ${requestId}]`,
          type: trouble.type ?? troubleType(trouble),
          param: null,
          code: trouble.code,
        },
      },
    };
  },
};

function statusOf(denial: Denial, client: ClientKind): number {
  if (denial.kind === 'store') return 503;
  if (client === 'codex') return 400;
  if (denial.kind === 'identity') return 401;
  if (denial.kind === 'request') return REQUEST_STATUS[denial.code] ?? 400;
  return 400;
}

function typeOf(denial: Denial): string {
  switch (denial.kind) {
    case 'identity':
      return 'authentication_error';
    case 'budget':
      return 'insufficient_quota';
    case 'store':
      return 'server_error';
    case 'request':
      return 'invalid_request_error';
    default:
      return 'permission_error';
  }
}

/** `model_not_found` is the name that OpenAI's clients know. */
const codeOf = (denial: Denial): string => (denial.code === 'model.unknown' ? 'model_not_found' : denial.code);

const troubleType = (trouble: UpstreamTrouble): string =>
  trouble.status === 429 ? 'rate_limit_error' : trouble.status < 500 ? 'invalid_request_error' : 'server_error';
