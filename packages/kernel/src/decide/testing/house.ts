/** A hand-written bundle in Cedar's JSON forms, small enough to see through: every type of attribute, every source of members. */
import type { Json, JsonRecord } from '../../json.ts';
import type { BundleSource, PolicySource } from '../source.ts';

const from = (source: string, type: JsonRecord, more: JsonRecord = {}): JsonRecord => ({
  ...type,
  ...more,
  annotations: { from: source },
});
const named = (name: string): JsonRecord => ({ type: 'EntityOrCommon', name });

export const HOUSE_SCHEMA: JsonRecord = {
  H: {
    commonTypes: { Note: { type: 'Record', attributes: { by: named('Person'), text: { ...named('String'), required: false } } } },
    entityTypes: {
      Person: {
        memberOfTypes: ['Team'],
        shape: { type: 'Record', attributes: { level: named('Long'), nick: { ...named('String'), required: false } } },
      },
      Team: { memberOfTypes: ['Team'] },
      Room: { memberOfTypes: ['Room'], shape: { type: 'Record', attributes: { open: named('Bool') } } },
      Mood: { enum: ['calm', 'busy'] },
    },
    actions: {
      'class.read': { appliesTo: { principalTypes: [], resourceTypes: [] } },
      enter: {
        memberOf: [{ id: 'class.read' }],
        appliesTo: {
          principalTypes: ['Person', 'Mood'],
          resourceTypes: ['Room'],
          context: {
            type: 'Record',
            attributes: {
              op: from('kernel', named('String')),
              actionClass: from('kernel', named('String')),
              now: from('facts', named('datetime')),
              approvals: from('facts', { type: 'Set', element: named('String') }),
              count: from('request', named('Long')),
              name: from('request', named('String'), { required: false }),
              lines: { ...named('String'), required: false, annotations: { from: 'request', text: 'multiline' } },
              ip: from('request', named('ipaddr'), { required: false }),
              price: from('request', named('decimal'), { required: false }),
              tags: from('request', { type: 'Set', element: named('String') }, { required: false }),
              note: from('request', named('Note'), { required: false }),
              mood: from('request', named('Mood'), { required: false }),
              constructor: from('request', named('Bool'), { required: false }),
            },
          },
        },
      },
    },
  },
};

const ANY = { op: 'All' };

/** A policy with the annotations that its layer needs. */
export function policy(id: string, layer: string, effect: 'permit' | 'forbid', more: JsonRecord = {}): PolicySource {
  const { annotations = {}, ...rest } = more;
  const est: Json = {
    effect,
    principal: ANY,
    action: ANY,
    resource: ANY,
    conditions: [],
    ...rest,
    annotations: {
      id,
      layer,
      owner: 'team:o',
      reason: `reason.${layer}`,
      message: 'Said so.',
      escalate: 'team:e',
      ...(annotations as JsonRecord),
    },
  };
  return { id, text: '', est, file: 'p.cedar', line: 1 };
}

export const when = (body: Json): Json => [{ kind: 'when', body }];
export const member = (name: string): JsonRecord => ({ '.': { left: { Var: 'context' }, attr: name } });
export const value = (json: Json): JsonRecord => ({ Value: json });
export const compare = (operator: string, left: Json, right: Json): JsonRecord => ({ [operator]: { left, right } });

const ref = (type: string, id: string) => ({ type: `H::${type}`, id });

export const HOUSE_ENTITIES: BundleSource['entities'] = [
  { uid: ref('Team', 'all'), parents: [], attrs: {} },
  { uid: ref('Team', 'staff'), parents: [ref('Team', 'all')], attrs: {} },
  { uid: ref('Person', 'ann'), parents: [ref('Team', 'staff')], attrs: { level: 3 } },
  { uid: ref('Room', 'house'), parents: [], attrs: { open: true } },
  { uid: ref('Room', 'attic'), parents: [ref('Room', 'house')], attrs: { open: false } },
];

export const house = (policies: readonly PolicySource[], more: Partial<BundleSource> = {}): BundleSource => ({
  revision: 'rev',
  language: '4.5',
  schema: HOUSE_SCHEMA,
  policies,
  entities: HOUSE_ENTITIES,
  ...more,
});

export const FACTS = { context: { now: '2026-11-21T10:00:00.000Z', approvals: [] } };

export const ask = (args: JsonRecord = {}, more: JsonRecord = {}) => ({
  principal: ref('Person', 'ann'),
  action: 'enter',
  resource: ref('Room', 'attic'),
  args: { count: 1, ...args },
  ...more,
});
