/**
 * The families of orders that text gives to a model. A pattern is a set of senses that must meet within a number of words; `weight` says
 * how much that means: 4 is an attack wherever it stands, 2 where no orders belong, 1 only beside something else.
 */
import { SENSE as S } from './sense.ts';

export const FAMILIES = [
  'override-instructions',
  'hide-from-user',
  'send-out',
  'read-credentials',
  'fake-marker',
  'order-steering',
  'shadow-tool',
  'encoded-payload',
  'role-trick',
  'image-exfiltration',
  'pressure',
] as const;
export type Family = (typeof FAMILIES)[number];

export interface Pattern {
  readonly family: Family;
  readonly weight: number;
  /** Each entry is a set of senses of which a word must have one. Taken by different words. */
  readonly senses: readonly number[];
  /** Words from the first to the last. */
  readonly span: number;
  /** The words must come in the order given. */
  readonly inOrder?: true;
  /** Only where no orders belong; elsewhere manuals say so. */
  readonly plainOnly?: true;
  /** The first word opens its sentence or clause, as an order does. */
  readonly asOrder?: true;
}

const DATA = S.secret | S.talk | S.path;
const OUT = S.send | S.put;

export const PATTERNS: readonly Pattern[] = [
  { family: 'override-instructions', weight: 4, senses: [S.drop, S.prior, S.orders], span: 9 },
  {
    family: 'override-instructions',
    weight: 2,
    senses: [S.drop, S.prior | S.every | S.model, S.rules],
    span: 7,
    inOrder: true,
    asOrder: true,
  },
  { family: 'override-instructions', weight: 4, senses: [S.drop, S.model, S.orders], span: 7, inOrder: true },
  { family: 'override-instructions', weight: 2, senses: [S.drop, S.every, S.orders], span: 5, inOrder: true },
  { family: 'override-instructions', weight: 2, senses: [S.drop, S.talk, S.model], span: 9 },
  { family: 'override-instructions', weight: 2, senses: [S.drop, S.rules, S.model], span: 6, inOrder: true },
  { family: 'override-instructions', weight: 2, senses: [S.obey, S.every, S.orders], span: 4, inOrder: true },
  { family: 'override-instructions', weight: 4, senses: [S.not, S.obey, S.prior | S.model, S.orders], span: 9, inOrder: true },
  { family: 'override-instructions', weight: 2, senses: [S.drop, S.every, S.prior], span: 6, inOrder: true, asOrder: true },

  { family: 'hide-from-user', weight: 2, senses: [S.not, S.tell, S.user], span: 8, inOrder: true },
  { family: 'hide-from-user', weight: 2, senses: [S.tell, S.not, S.user], span: 6, inOrder: true },
  { family: 'hide-from-user', weight: 2, senses: [S.user, S.not, S.know | S.tell], span: 8, inOrder: true },
  { family: 'hide-from-user', weight: 2, senses: [S.not, S.user, S.know], span: 6, inOrder: true },
  { family: 'hide-from-user', weight: 2, senses: [S.covert, S.user], span: 8, inOrder: true },
  { family: 'hide-from-user', weight: 2, senses: [S.covert, S.read | S.send | S.call | S.put], span: 7 },

  { family: 'send-out', weight: 2, senses: [S.send, DATA, S.address], span: 26 },
  { family: 'send-out', weight: 2, senses: [OUT, S.talk, S.field | S.address | S.tool | S.name | S.secret], span: 16 },
  { family: 'send-out', weight: 2, senses: [S.send, S.path], span: 12 },
  { family: 'send-out', weight: 2, senses: [S.put, S.path], span: 12, plainOnly: true },
  { family: 'send-out', weight: 1, senses: [S.put, S.path], span: 12 },
  { family: 'send-out', weight: 2, senses: [OUT, S.secret, S.field, S.must | S.model], span: 20 },
  { family: 'send-out', weight: 1, senses: [S.send, S.content, S.address], span: 16 },
  { family: 'send-out', weight: 2, senses: [S.send, S.content | S.every | S.talk, S.address, S.covert | S.not], span: 24 },
  { family: 'send-out', weight: 1, senses: [OUT, S.talk], span: 8 },
  { family: 'send-out', weight: 2, senses: [OUT, S.talk, S.must], span: 12 },
  { family: 'send-out', weight: 1, senses: [S.put, S.address, S.must], span: 14 },
  { family: 'send-out', weight: 2, senses: [S.send, S.content | S.every, S.address, S.must | S.when], span: 24 },
  { family: 'send-out', weight: 2, senses: [S.tell, S.model, S.talk], span: 8, inOrder: true },

  { family: 'read-credentials', weight: 2, senses: [S.read, S.path], span: 12 },
  { family: 'read-credentials', weight: 2, senses: [S.read, S.secret, S.put | S.send], span: 20 },
  { family: 'read-credentials', weight: 2, senses: [S.content, S.path], span: 6, inOrder: true },
  { family: 'read-credentials', weight: 1, senses: [S.path], span: 1 },

  { family: 'order-steering', weight: 2, senses: [S.before, S.every, S.tool], span: 9, inOrder: true },
  { family: 'order-steering', weight: 2, senses: [S.must, S.call, S.before | S.when, S.every, S.turn], span: 18 },
  { family: 'order-steering', weight: 2, senses: [S.when, S.every, S.tool, S.must, S.call], span: 14, inOrder: true },
  { family: 'order-steering', weight: 1, senses: [S.call, S.before, S.every], span: 9, inOrder: true },

  { family: 'shadow-tool', weight: 2, senses: [S.instead, S.every, S.tool], span: 7, inOrder: true },
  { family: 'shadow-tool', weight: 2, senses: [S.must, S.call, S.instead, S.tool | S.name], span: 14 },
  { family: 'shadow-tool', weight: 2, senses: [S.not, S.call, S.every, S.tool], span: 8, inOrder: true },
  { family: 'shadow-tool', weight: 1, senses: [S.not, S.call, S.name], span: 5, inOrder: true },
  {
    family: 'shadow-tool',
    weight: 2,
    senses: [S.when, S.name | S.tool, S.put | S.send, S.address | S.secret | S.talk | S.path],
    span: 24,
  },
  { family: 'shadow-tool', weight: 2, senses: [S.name, S.instead, S.call, S.must], span: 14 },
  { family: 'shadow-tool', weight: 2, senses: [S.every, S.tool, S.must, S.put | S.send | S.obey], span: 14, inOrder: true },

  {
    family: 'shadow-tool',
    weight: 2,
    senses: [S.name, S.tool, S.must, S.call, S.content | S.secret | S.talk | S.path],
    span: 16,
    inOrder: true,
  },

  { family: 'encoded-payload', weight: 2, senses: [S.blob, S.decode], span: 14 },
  { family: 'encoded-payload', weight: 2, senses: [S.blob, S.obey | S.call, S.must | S.model | S.orders], span: 14 },
  { family: 'encoded-payload', weight: 2, senses: [S.decode, S.obey, S.orders | S.content | S.every], span: 10 },

  { family: 'pressure', weight: 1, senses: [S.must, S.call, S.before], span: 8, inOrder: true },
  { family: 'pressure', weight: 1, senses: [S.model, S.must, S.obey | S.call | S.read | S.send], span: 6, inOrder: true },
];
