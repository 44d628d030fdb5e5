/** What is asked: principal, action, resource and typed arguments. Attributes never come from a caller; they come from the bundle and our facts. */
import type { Json, JsonRecord } from '../json.ts';

/** Cedar entity reference: fully qualified type (`Countersign::Agent`) and id. */
export interface EntityRef {
  readonly type: string;
  readonly id: string;
}

/** An entity of the bundle, or of a request's overlay. Attribute values are JSON, typed by the schema; entity references are `{type, id}`. */
export interface EntityRecord {
  readonly uid: EntityRef;
  readonly parents: readonly EntityRef[];
  readonly attrs: Readonly<Record<string, Json>>;
}

export interface ActionRequest {
  readonly principal: EntityRef;
  /** Unqualified action id, such as `model.call`. */
  readonly action: string;
  readonly resource: EntityRef;
  /** Context members that the schema marks `@from("request")`. */
  readonly args: JsonRecord;
}

/** Everything else that a decision may depend on; recorded, so that replay is exact. */
export interface Facts {
  /** Context members that the schema marks `@from("facts")`: `now`, `approvals`, `mandate`, balances. */
  readonly context: JsonRecord;
  /** Per-request entities laid over those of the bundle (tasks, paths). */
  readonly entities?: readonly EntityRecord[];
}

export const ACTION_CLASSES = ['read', 'draft', 'recommend', 'mutate-low', 'mutate-high'] as const;
export type ActionClass = (typeof ACTION_CLASSES)[number];

/** Action groups of the schema that carry the classes, `class.mutateLow` and so on. */
export const CLASS_GROUPS: Readonly<Record<string, ActionClass>> = {
  'class.read': 'read',
  'class.draft': 'draft',
  'class.recommend': 'recommend',
  'class.mutateLow': 'mutate-low',
  'class.mutateHigh': 'mutate-high',
};
