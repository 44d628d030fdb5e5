/** How a relayed answer ended. */
import type { UpstreamFailure } from '../../../ports/upstream.ts';
import type { UpstreamTrouble } from '../face/face.ts';
import type { Usage } from '../meter/index.ts';

export type Ending =
  /** The client has all of it. */
  | { readonly kind: 'complete'; readonly metered: Metered }
  /** The provider's own error event ended a stream; the client has it. */
  | { readonly kind: 'failed-inside'; readonly metered: Metered }
  /** Broke after the client had some of it; the client was told. */
  | { readonly kind: 'broken'; readonly trouble: UpstreamTrouble; readonly metered: Metered; readonly internal: string }
  /** Nothing went to the client yet: another model may answer, or the trouble is told. */
  | {
      readonly kind: 'nothing';
      readonly trouble: UpstreamTrouble;
      readonly failure: UpstreamFailure | undefined;
      /** Status of an error answer; 0 when none came. */
      readonly status: number;
      readonly internal: string;
    }
  /** The answer holds what must not pass. `told`: the client has some of it, and the end of the stream says why there is no more. */
  | { readonly kind: 'withheld'; readonly trouble: UpstreamTrouble; readonly metered: Metered; readonly told: boolean }
  | { readonly kind: 'cancelled'; readonly sent: boolean; readonly metered: Metered };

export interface Metered {
  readonly usage: Usage | undefined;
  readonly complete: boolean;
  readonly outputBytes: number;
  /** The provider's id of the answer or of the request. */
  readonly upstream: string | undefined;
  /** The whole body of an answer that is to be kept, redacted. */
  readonly body: Buffer | undefined;
}
