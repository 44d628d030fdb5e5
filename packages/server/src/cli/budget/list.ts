import { type Call, cell, dollars } from '../call.ts';
import { member, pageQuery, showPage } from '../remote.ts';
import type { JsonRecord } from '@countersign/kernel/json';

const amount = (name: string) => (row: JsonRecord) => (row['unit'] === 'microUsd' ? dollars(row[name]) : cell(row[name]));

export const list = (call: Call): Promise<void> =>
  showPage(call, '/api/v1/budgets', {
    query: { ...pageQuery(call), scope: call.text('scope') },
    columns: [
      member('scope'),
      member('window'),
      member('unit'),
      ...['limit', 'spent', 'reserved', 'left'].map((name) => [name, amount(name)] as const),
      member('raise', 'raised by'),
    ],
    none: 'No budget line is open. Budgets stand in countersign.yaml.',
  });
