/** Every error of the database or of the way to it, as one of five faults. What is not the store's own error passes unchanged. */
import { Fault, type FaultCode } from '@countersign/kernel/fault';

/** A COMMIT was sent and its answer was lost. Only a look-up by key tells what happened; a blind rerun could do it twice. */
export class CommitUnknown extends Fault {
  constructor(cause: unknown) {
    super('store.unavailable', 'The store was lost while the change was being made; whether it took effect is not known yet.', {
      internal: `outcome of a commit unknown: ${textOf(cause)}`,
      cause,
      details: { outcome: 'unknown' },
    });
  }
}

const PUBLIC = {
  'store.unavailable': 'The store cannot be reached. Nothing is allowed until it is back.',
  'store.full': 'The store has no space left. Nothing is allowed until there is room.',
  'store.busy': 'The store has no free connection. Try again shortly.',
  'store.slow': 'The store did not answer in time. Try again shortly.',
  'store.unsafe': 'The store is not set up safely, so it is not used.',
  'request.invalid': 'A text holds a character that cannot be stored.',
} as const satisfies Partial<Record<FaultCode, string>>;

type StoreCode = keyof typeof PUBLIC;

const BY_STATE: Readonly<Record<string, StoreCode>> = {
  '53100': 'store.full',
  '53300': 'store.busy',
  '53200': 'store.busy',
  '57014': 'store.slow',
  '55P03': 'store.slow',
  '25P03': 'store.slow',
  '25P02': 'store.unavailable',
  '25006': 'store.unavailable',
  '57P01': 'store.unavailable',
  '57P02': 'store.unavailable',
  '57P03': 'store.unavailable',
  '57P05': 'store.unavailable',
  '58030': 'store.unavailable',
  '3D000': 'store.unavailable',
  '42501': 'store.unsafe',
  XX001: 'store.unsafe',
  XX002: 'store.unsafe',
  '22021': 'request.invalid',
  '22P05': 'request.invalid',
};

const BY_CLASS: Readonly<Record<string, StoreCode>> = {
  '08': 'store.unavailable',
  '28': 'store.unavailable',
  '53': 'store.busy',
};

const SYSTEM = /^(?:ECONN|EPIPE|ETIMEDOUT|ENOENT|EHOST|ENET|ENOTFOUND|EAI_AGAIN|EACCES)/;

/** Messages of `pg` and `pg-pool` that come without a code. */
const MESSAGES: readonly (readonly [RegExp, StoreCode])[] = [
  [/timeout exceeded when trying to connect/, 'store.busy'],
  [/Query read timeout/, 'store.slow'],
  [/Connection terminated|connection error|not queryable|Client was closed|pool after calling end/i, 'store.unavailable'],
];

/** SQLSTATE or system error code of a thrown value. */
export function codeOf(thrown: unknown): string | undefined {
  if (typeof thrown !== 'object' || thrown === null || !('code' in thrown)) return undefined;
  return typeof thrown.code === 'string' ? thrown.code : undefined;
}

const textOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown));

function classify(thrown: unknown): StoreCode | undefined {
  const code = codeOf(thrown);
  if (code !== undefined) {
    const known = BY_STATE[code] ?? BY_CLASS[code.slice(0, 2)];
    if (known !== undefined) return known;
    if (SYSTEM.test(code)) return 'store.unavailable';
  }
  const text = textOf(thrown);
  if (/No space left on device/.test(text)) return 'store.full';
  return MESSAGES.find(([pattern]) => pattern.test(text))?.[1];
}

/** The link to the server is gone, or can't be trusted: the connection must not go back to its pool. */
export function isConnectionLost(thrown: unknown): boolean {
  const code = codeOf(thrown);
  if (code !== undefined && (/^(?:57P0[1235]|08|XX)/.test(code) || SYSTEM.test(code))) return true;
  return /Query read timeout|Connection terminated|connection error|not queryable|Client was closed/i.test(textOf(thrown));
}

/** Serialization failure or deadlock: the whole transaction may run again. */
export const isRerunnable = (thrown: unknown): boolean => ['40001', '40P01'].includes(codeOf(thrown) ?? '');

/** A migration changed what a named statement returns: a fresh connection parses it anew. */
export const isStalePlan = (thrown: unknown): boolean =>
  codeOf(thrown) === '0A000' && /cached plan must not change result type/.test(textOf(thrown));

/** The fault for an error of the store; faults and programming errors come back as they are. */
export function storeFault(thrown: unknown): unknown {
  if (thrown instanceof Fault) return thrown;
  const kind = classify(thrown);
  if (kind === undefined) return thrown;
  const code = codeOf(thrown);
  return new Fault(kind, PUBLIC[kind], { internal: `${code ?? 'no code'}: ${textOf(thrown)}`, cause: thrown });
}

export const unsafeStore = (internal: string): Fault => new Fault('store.unsafe', PUBLIC['store.unsafe'], { internal });
export const fullStore = (cause: unknown): Fault =>
  new Fault('store.full', PUBLIC['store.full'], { internal: textOf(cause), cause });
