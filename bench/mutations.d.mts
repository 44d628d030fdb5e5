export interface MutationTarget {
  readonly dir: string;
  readonly vkey?: string;
  readonly policy?: string;
}

export interface MutationOptions {
  readonly count?: number;
  readonly seed?: number;
  readonly honest?: number;
  readonly exports?: readonly MutationTarget[];
  /** The verifier's and the sample's functions; from the build by default. */
  readonly code?: object;
}

export interface MutationResult {
  readonly count: number;
  readonly missed: readonly { readonly kind: string; readonly what: string }[];
  readonly byKind: Readonly<Record<string, number>>;
  readonly honest: number;
  readonly falseAlarms: readonly { readonly report: string }[];
  readonly seconds: number;
}

export function runMutations(options?: MutationOptions): Promise<MutationResult>;
