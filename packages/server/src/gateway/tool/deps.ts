/** What the tool door is given, and what it keeps for itself. */
import type { ApprovalStore } from '../../ports/approvals.ts';
import type { Clock, NewId } from '../../ports/clock.ts';
import type { Inspector } from '../../ports/inspect.ts';
import type { Log } from '../../ports/log.ts';
import type { Preflight } from '../../ports/preflight.ts';
import type { SnapshotSource } from '../../ports/registry.ts';
import type { Road } from '../../ports/road.ts';
import type { ToolCatalogue, ToolUpstreams } from '../../ports/tool.ts';
import type { ToolNonces, ToolSessions, ToolTasks } from '../../ports/tool-session.ts';
import type { ReadLimits } from '../wire/read.ts';
import type { BodyRoom } from '../wire/room.ts';
import type { Seal } from './approval/seal.ts';
import type { SchemaShelf } from './call/schema.ts';
import type { Rates } from './call/rate.ts';
import type { InFlight } from './era/in-flight.ts';
import type { SessionDesk } from './era/sessions.ts';
import type { ParkedQuestions } from './input/parked.ts';
import type { Shelf } from './list/shelf.ts';
import type { Listeners } from './stream/listeners.ts';

export interface ToolDoorDeps {
  readonly org: string;
  readonly road: Road;
  readonly snapshots: SnapshotSource;
  readonly catalogue: ToolCatalogue;
  readonly upstreams: ToolUpstreams;
  readonly sessions: ToolSessions;
  readonly tasks: ToolTasks;
  readonly nonces: ToolNonces;
  readonly approvals: Pick<ApprovalStore, 'find' | 'waitFor'>;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly log: Log;
  /** 32 bytes, the same on all nodes: seals what clients and the store carry for us. */
  readonly stateKey: Uint8Array;
  /** How clients reach this installation, without trailing slash. Asked for late: the port is known only once we listen. */
  readonly publicUrl: () => string;
  /** Further origins of browsers that may call; that of `publicUrl` always may. */
  readonly origins?: readonly string[];
  /** Absent: text passes as it is. */
  readonly inspector?: Inspector;
  /** Absent: clients' hooks cannot ask here. */
  readonly preflight?: Preflight;
  readonly version: string;
  readonly limits?: ReadLimits;
  /** Time for a whole body, where only that differs from the defaults. */
  readonly bodyMs?: number;
}

/** The same with the door's own state. */
export interface DoorState extends ToolDoorDeps {
  readonly reads: ReadLimits;
  readonly room: BodyRoom;
  readonly seal: Seal;
  readonly schemas: SchemaShelf;
  readonly rates: Rates;
  readonly desk: SessionDesk;
  readonly inFlight: InFlight;
  readonly parked: ParkedQuestions;
  readonly lists: Shelf;
  readonly listeners: Listeners;
  /** What runs without a request that waits for it: tasks, and looks at approvals. */
  readonly background: Set<Promise<unknown>>;
  /** Aborted when the door closes. */
  readonly closing: AbortController;
}

/** Duties that may come with a permission and that this door fulfils: keep the texts with the record, or keep none. */
export const TOOL_DUTIES: ReadonlySet<string> = new Set(['log-full', 'log-digest']);

export const DOOR = 'tool';
