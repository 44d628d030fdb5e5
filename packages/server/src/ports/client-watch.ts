/** Where doors tell what a client shows of itself. */
import type { Caller } from './road.ts';

export interface ShownHeaders {
  readonly userAgent: string | undefined;
  /** What a client names itself where its user agent is that of the program around it. */
  readonly originator: string | undefined;
  /** Settings that it runs under, as we wrote them into its files. */
  readonly settings: string | undefined;
  /** Checksum over its settings, as the client computes it. */
  readonly checksum: string | undefined;
}

export interface ClientWatch {
  /** Never throws and never waits: what was seen is on record a moment later, and in force on every node within two seconds. */
  observe(caller: Caller, shown: ShownHeaders): void;
}
