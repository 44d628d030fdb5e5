/** Auto-review as a test holds it: one request that it approved, one that people decide without knowing, one class. For tests only. */
import { Fault } from '@countersign/kernel/fault';
import type { ReviewClass, ReviewRecord, ReviewStore } from '../../ports/review.ts';

const unused = (): never => {
  throw new Error('the API does not do this');
};

export function reviewStore(records: readonly ReviewRecord[] = [], classes: readonly ReviewClass[] = []): ReviewStore {
  const told = new Map<string, ReviewRecord>(records.map((record) => [record.approval, record]));
  let standing = classes;
  return {
    claim: unused,
    history: unused,
    state: unused,
    finish: unused,
    learn: unused,
    contest: async ({ approval }) => {
      const record = told.get(approval);
      if (record === undefined) throw new Fault('request.not-found', 'Auto-review did not approve such a request.');
      told.set(approval, { ...record, label: 'wrong' });
    },
    resume: async ({ class: name }) => {
      standing = standing.map((each) => (each.class === name ? { ...each, state: 'shadow', right: 0, wrong: 0 } : each));
    },
    classes: async () => standing,
    find: async (_org, approval) => told.get(approval),
    list: async () => ({ data: [...told.values()] }),
  };
}
