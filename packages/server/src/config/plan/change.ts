/** One difference between two revisions. */
export type ChangeKind = 'added' | 'removed' | 'changed' | 'annotations';
export type ChangeGroup =
  | 'policy'
  | 'schema'
  | 'agent'
  | 'person'
  | 'model'
  | 'provider'
  | 'repository'
  | 'tool'
  | 'egress'
  | 'budget'
  | 'webhook'
  | 'profile'
  | 'settings';

export interface Change {
  readonly group: ChangeGroup;
  readonly id: string;
  readonly change: ChangeKind;
  /** `tier: 2 -> 3`, one for each member that differs; for a policy what part of it. */
  readonly details: readonly string[];
  /** It may allow what was denied before: read these first. */
  readonly widens: boolean;
}
