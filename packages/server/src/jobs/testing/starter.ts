/** The starter bundle, and requests of its agents whose answers are known. */
import type { ActionRequest, Facts } from '@countersign/kernel/action';
import type { JsonRecord } from '@countersign/kernel/json';
import { buildBundle } from '../../config/build/build.ts';
import { edited, starterFiles } from '../../config/testing/starter.ts';
import { cedarText } from '../../config/testing/tools.ts';
import type { BundleSnapshot } from '../../ports/registry.ts';

async function snapshotOf(files: Readonly<Record<string, string>>): Promise<BundleSnapshot> {
  const result = await buildBundle(files, { cedar: cedarText });
  if (!result.ok) throw new Error(result.findings.map(({ message }) => message).join('\n'));
  return result.snapshot;
}

export const starterSnapshot = async (): Promise<BundleSnapshot> => snapshotOf(await starterFiles());
/** The starter with one text replaced, and without the cases that the change would fail. */
export async function changedSnapshot(
  path: string,
  from: string,
  to: string,
  drop: readonly (readonly [string, string, string])[] = [],
): Promise<BundleSnapshot> {
  const files = await edited(path, from, to);
  for (const [file, was, is] of drop) files[file] = (files[file] ?? '').replace(was, is);
  return snapshotOf(files);
}

const ref = (type: string, id: string) => ({ type: `Countersign::${type}`, id });

export interface Call {
  readonly model?: string;
  readonly args?: JsonRecord;
  readonly facts?: JsonRecord;
}

/** A model call of the payments editor. */
export function modelCall({ model = 'gpt-5.5', args = {}, facts = {} }: Call = {}): { request: ActionRequest; facts: Facts } {
  const mandate = {
    id: 'man_1',
    task: 'tsk_1',
    ticket: 'PAY-42',
    repository: { type: 'Countersign::Repository', id: 'payments' },
    useCase: 'code-maintenance',
    actions: ['model.call'],
    capabilities: [],
    dataRank: 1,
  };
  return {
    request: {
      principal: ref('Agent', 'payments-test-repair-editor-dev'),
      action: 'model.call',
      resource: ref('Model', model),
      args: {
        declaredRank: 1,
        useCase: 'code-maintenance',
        stream: true,
        needs: ['tools'],
        hosted: [],
        opaque: [],
        customerData: false,
        estimateMicroUsd: 40_000,
        inputTokens: 6_000,
        outputTokens: 2_000,
        ...args,
      },
    },
    facts: {
      context: {
        now: '2026-11-24T10:00:00.000Z',
        hour: 10,
        weekday: 2,
        approvals: [],
        breakGlass: false,
        budgetLeftMicroUsd: 5_000_000,
        dataRank: 1,
        mandate,
        ...facts,
      },
    },
  };
}
