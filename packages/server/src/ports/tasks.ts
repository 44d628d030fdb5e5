/** Task admission as the API and the command line see it. */
import type { JsonRecord } from '@countersign/kernel/json';
import type { SignedMandate } from './mandate.ts';
import type { DataClass } from './registry.ts';
import type { Denial } from './road.ts';

export interface TaskAsk {
  /** Agent that would do it. */
  readonly agent: string;
  /** Person, or service, that asks for it. */
  readonly onBehalfOf: string;
  /** Credential of whoever asks, for the record. */
  readonly credential: string;
  readonly repository: string;
  readonly paths: readonly string[];
  /** Module ids of the repository that the change touches. */
  readonly modules: readonly string[];
  /** `docs`, `code`, `test`, `dependency`, `infrastructure`, `secrets` ... as the bundle's policies name them. */
  readonly changeClass: string;
  readonly useCase: string;
  readonly ticket: string;
  readonly capabilities: readonly string[];
  /** Actions that the mandate shall cover, such as `model.call`. */
  readonly actions: readonly string[];
  readonly estimateMicroUsd: number;
  /** What the mandate may spend; absent: the estimate. */
  readonly budgetMicroUsd?: number;
  readonly dataClass: DataClass;
  /** Life of the mandate; absent or longer than the bundle allows: the bundle's. */
  readonly ttlMs?: number;
  readonly trace: string;
  readonly holdMs?: number;
  readonly signal?: AbortSignal;
}

/** One of the five governance questions with its answer. */
export interface AdmissionAnswer {
  readonly question: 'repository' | 'capabilities' | 'budget' | 'autonomy' | 'human';
  readonly text: string;
  readonly answer: 'yes' | 'no' | 'needs-approval';
  readonly reasons: readonly string[];
}

export type Admission =
  | {
      readonly ok: true;
      readonly task: string;
      readonly signed: SignedMandate;
      readonly decision: string;
      readonly answers: readonly AdmissionAnswer[];
    }
  | { readonly ok: false; readonly denial: Denial; readonly answers: readonly AdmissionAnswer[] };

export interface Tasks {
  /** @throws Fault request.invalid, request.unknown-entity */
  admit(ask: TaskAsk): Promise<Admission>;
  /** The decision that `admit` would get, without a mandate and without an approval request. */
  preview(ask: TaskAsk): Promise<{ readonly answers: readonly AdmissionAnswer[]; readonly decision: JsonRecord }>;
}
