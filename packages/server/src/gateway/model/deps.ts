/** What the model door is given. */
import type { ClientWatch } from '../../ports/client-watch.ts';
import type { Clock, NewId } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import type { SnapshotSource } from '../../ports/registry.ts';
import type { Reviewer } from '../../ports/reviewer.ts';
import type { Road } from '../../ports/road.ts';
import type { Scanner } from '../../ports/scanner.ts';
import type { Upstream } from '../../ports/upstream.ts';
import type { ReadLimits } from '../wire/read.ts';
import type { BodyRoom } from '../wire/room.ts';
import type { SilenceWatch } from './relay/silence.ts';

export interface ModelDoorDeps {
  readonly road: Road;
  readonly snapshots: SnapshotSource;
  readonly upstream: Upstream;
  readonly scanner: Scanner;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly log: Log;
  /** Is told which clients come; absent: nobody is. */
  readonly clients?: ClientWatch;
  /** Answers clients that ask a model for leave to act; absent: such a question is denied. */
  readonly reviewer?: Reviewer;
  readonly limits?: ReadLimits;
  /** Time for a whole body, where only that differs from the defaults. */
  readonly bodyMs?: number;
}

/** The same with the door's own state. */
export interface DoorState extends ModelDoorDeps {
  readonly watch: SilenceWatch;
  readonly reads: ReadLimits;
  readonly room: BodyRoom;
}

/** Duties that may come with a permission and that this door fulfils: keep the texts with the record, or keep none. */
export const MODEL_DUTIES: ReadonlySet<string> = new Set(['log-full', 'log-digest']);

export const DOOR = 'model';
