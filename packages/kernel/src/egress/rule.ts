/** What one run may reach, as a bundle or a profile file says it. Reading and checking such files is the configuration's part. */

export type EgressVerdict = 'allow' | 'ask' | 'deny';

/** Rules of one profile; the network door owns the meaning. */
export interface EgressRule {
  readonly id: string;
  /** `files.example.org`, `*.example.org` (never the apex), or an IP literal. Canonical. */
  readonly host: string;
  /** Name that policies know the host's group by. */
  readonly zone?: string;
  /** Absent: 80 and 443, and every port where the rule denies. */
  readonly ports?: readonly number[];
  /** Absent: any. With methods or paths the connection is inspected. */
  readonly methods?: readonly string[];
  /** Prefixes that end at a `/` or exactly; absent: any. */
  readonly paths?: readonly string[];
  readonly decision: EgressVerdict;
  /** `auto`: inspected where methods, paths or a credential need it. */
  readonly tls: 'auto' | 'inspect' | 'opaque';
  /** The name may resolve to private addresses. */
  readonly private: boolean;
  readonly websocket: boolean;
  /** Not TLS on CONNECT: any bytes. */
  readonly raw: boolean;
  readonly uploadBytes?: number;
  readonly downloadBytes?: number;
  readonly requestsPerSecond?: number;
  /** Name of a credential of egress.yaml that is put in, over verified TLS only. */
  readonly credential?: string;
  readonly why: string;
}

export interface EgressProfile {
  readonly name: string;
  /** First match wins; deny rules were sorted first. */
  readonly rules: readonly EgressRule[];
  /** What no rule matches. */
  readonly unfamiliar: 'deny' | 'ask' | 'report';
  readonly uploadBytes: number;
  readonly downloadBytes: number;
  readonly connections: number;
}
