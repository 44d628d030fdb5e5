/** What the adapter allows a server, where no record says so. */
export interface Limits {
  /** Children and sessions that nobody used for this long are ended, milliseconds. */
  readonly idleMs: number;
  /** Children of one server at a time. */
  readonly childrenMax: number;
  /** Sessions over HTTP with one server at a time; one costs little more than its id. */
  readonly sessionsMax: number;
  /** From the start of a child or session to its first answer, milliseconds. */
  readonly startMs: number;
  /** How long a server may be silent to the question which era it speaks. */
  readonly probeMs: number;
  /** An era once found is believed for so long. */
  readonly eraMs: number;
  /** A call that waits for input is given up after this. */
  readonly parkedMs: number;
  /** Calls of one binding that wait for input. */
  readonly parkedMax: number;
  /** From the polite end of a child to the next, less polite one. */
  readonly graceMs: number;
  /** First pause before a child that ended by itself is started again; doubles up to the other. */
  readonly restartMs: number;
  readonly restartMsMax: number;
  /** Everything that one listing may bring. */
  readonly offerBytesMax: number;
  readonly offerMs: number;
}

const MINUTE = 60_000;

export const LIMITS: Limits = {
  idleMs: 10 * MINUTE,
  childrenMax: 64,
  sessionsMax: 1_024,
  startMs: 30_000,
  probeMs: 5_000,
  eraMs: 24 * 60 * MINUTE,
  parkedMs: 5 * MINUTE,
  parkedMax: 16,
  graceMs: 2_000,
  restartMs: 250,
  restartMsMax: 30_000,
  offerBytesMax: 16 * 1_024 * 1_024,
  offerMs: 60_000,
};
