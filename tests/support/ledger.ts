/** Entries and ids for tests of everything that appends. */
import type { EntryDraft } from '@countersign/kernel/ledger';
import { newEntryId, newId } from '../../packages/server/src/adapters/system/clock.ts';

export const silentLog = { info: () => undefined, warn: () => undefined, error: () => undefined };

const TIME = '2026-11-20T10:00:00.000Z';

export type DecisionDraft = Extract<EntryDraft, { type: 'decision' }>;

/** An allowed model call, about as large as real ones: some 900 bytes. */
export function decisionDraft(org: string, decision: string = newId('dec')): DecisionDraft {
  return {
    v: 1,
    org,
    id: newEntryId(),
    ts: TIME,
    type: 'decision',
    principal: 'agent:payments-fixer',
    onBehalfOf: 'usr_2f6c',
    mandate: 'mdt_0192f0c17d4e7a8c9f10',
    task: 'tsk_0192f0c17d4e7a8c9f10',
    action: 'model.call',
    class: 'recommend',
    resource: 'Model::"gpt-5.5"',
    team: 'payments',
    decision: {
      id: decision,
      answer: 'allow',
      code: 'policy.allowed',
      reasons: [{ code: 'access.granted', policy: 'models.cedar#team-models' }],
      policies: ['models.cedar#team-models', 'obligations.cedar#log-digest'],
      obligations: ['log.digest'],
      gates: [],
      shadow: [],
      revision: 'b1946ac92492d2347c6235b4d2611184',
      requestDigest: '2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae',
      factsDigest: 'fcde2b2edba56bf408601fb721fe9b5c338d10ee429ea04fae5511b68fbf8fb9',
    },
    grant: newId('grt'),
    trace: '4bf92f3577b34da6a3ce929d0e0e4736',
  };
}

export const outcomeDraft = (org: string, decision: string): EntryDraft => ({
  v: 1,
  org,
  id: newEntryId(),
  ts: TIME,
  type: 'outcome',
  outcome: { decision, status: 'done' },
});
