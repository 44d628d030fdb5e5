/** The members that ledger entries are made of. Ids and codes only: text and anything about a person belongs in a payload. */
import { ACTION_CLASSES } from '../action/index.ts';
import { flag, integer, list, oneOf, orNull, record, type ShapeType, text } from './shape.ts';

/** Printable ASCII without spaces; `ledgerId` turns any text into one. */
export const id = text(
  /^[\x21-\x7e]{1,256}$/,
  'an id of 1 to 256 printable ASCII characters',
  /^[\x21\x23-\x5b\x5d-\x7e]{1,256}$/,
);
/** Paths and entity references may be longer. */
export const longId = text(
  /^[\x21-\x7e]{1,512}$/,
  'an id of 1 to 512 printable ASCII characters',
  /^[\x21\x23-\x5b\x5d-\x7e]{1,512}$/,
);
/** Stands for a person or a credential holder. An `@` would let a mail address in, and that could never be erased. */
export const pseudonym = text(
  /^[\x21-\x3f\x41-\x7e]{1,256}$/,
  'a pseudonymous id: printable ASCII without `@`',
  /^[\x21\x23-\x3f\x41-\x5b\x5d-\x7e]{1,256}$/,
);
/** A text whose pattern lets neither quotes nor backslashes through. */
const plainText = (pattern: RegExp, what: string) => text(pattern, what, pattern);
export const code = plainText(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/, 'a code');
export const digest = plainText(/^[0-9a-f]{64}$/, 'a SHA-256 in lower-case hex');
export const time = plainText(
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/,
  'a time in RFC 3339 UTC with milliseconds',
);
export const uuid7 = plainText(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/, 'a UUIDv7 in lower case');
export const count = integer(0);
export const signedCount = integer(-Number.MAX_SAFE_INTEGER);

const codes = list(code, 64);
const ids = list(id, 64);

/** `digest` = SHA-256(blind of 32 bytes || payload); `bytes` is the payload's length without the blind. */
export const payloadRef = record(
  { digest, bytes: count, class: code, kind: code },
  /** `false`: only the digest was ever kept, so nobody may call the payload missing. */
  { kept: flag },
);

export const decisionPart = record(
  {
    id,
    answer: oneOf('allow', 'requireApproval', 'deny'),
    code,
    reasons: list(record({ code }, { policy: longId }), 64),
    policies: list(longId, 64),
    obligations: list(longId, 64),
    gates: list(longId, 64),
    shadow: list(record({ policy: longId, effect: code }, {}), 64),
    revision: id,
    requestDigest: digest,
    factsDigest: digest,
  },
  {},
);

export const outcomePart = record(
  /** Id of the decision that allowed the act. */
  { decision: id, status: oneOf('done', 'failed', 'cancelled', 'unknown', 'released') },
  { code },
);

export const reservationPart = record({ id, microUsd: count, tokens: count, requests: count }, {});

export const costPart = record(
  {
    microUsd: count,
    inputTokens: count,
    cacheReadTokens: count,
    cacheWrite5mTokens: count,
    cacheWrite1hTokens: count,
    outputTokens: count,
    reasoningTokens: count,
    usage: oneOf('provider', 'counted', 'none'),
    priceRevision: id,
  },
  {},
);

/** Set by the append path. `nodePrev` is the leaf hash of the node's entry before, null for its first. */
export const chainMembers = { node: id, nodeSeq: count, nodePrev: orNull(digest) };

export const envelopeMembers = { v: oneOf(1), org: id, id: uuid7, ts: time };

/** Who, for whom, with what, on what: every type may have them. */
export const subjectMembers = {
  principal: pseudonym,
  onBehalfOf: pseudonym,
  mandate: id,
  task: id,
  ticket: id,
  action: code,
  class: oneOf(...ACTION_CLASSES),
  resource: longId,
  team: id,
  useCase: id,
  environment: id,
  repository: longId,
  model: id,
  upstream: id,
  /** On a decision that allows: the approval it used up. On one that asks: the approval request it opened. */
  approval: id,
  trace: id,
  payloads: list(payloadRef, 32),
};

export const lists = { codes, ids, digests: list(digest, 100) };

export type PayloadRef = ShapeType<typeof payloadRef>;
export type DecisionPart = ShapeType<typeof decisionPart>;
export type OutcomePart = ShapeType<typeof outcomePart>;
export type ReservationPart = ShapeType<typeof reservationPart>;
export type CostPart = ShapeType<typeof costPart>;
