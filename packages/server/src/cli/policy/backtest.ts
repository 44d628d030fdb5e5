/** `policy backtest`: a candidate directory over what was really asked; every decision that would flip, and what it would cost or save. */
import { isRecord, type Json, type JsonRecord } from '@countersign/kernel/json';
import { readDirectory } from '../../config/index.ts';
import { type Call, cell, table } from '../call.ts';
import { connect } from '../connect.ts';
import { governanceDir } from '../governance.ts';
import { runJob } from '../jobs.ts';
import { linesOf } from '../remote.ts';

/** Columns in the order in which they are worth reading; those that no flip has are left out. */
const COLUMNS = [
  'at',
  'ts',
  'decision',
  'agent',
  'action',
  'resource',
  'was',
  'now',
  'before',
  'after',
  'code',
  'policies',
  'microUsd',
] as const;

function flipsTable(flips: readonly JsonRecord[]): string {
  const columns = COLUMNS.filter((name) => flips.some((flip) => flip[name] !== undefined));
  return table(
    [...columns],
    flips.map((flip) => columns.map((name) => cell(flip[name]))),
  );
}

export async function backtest(call: Call): Promise<void> {
  const files = await readDirectory(governanceDir(call));
  const [from, to] = [call.integer('from'), call.integer('to')];
  const body = { files, ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
  const report = await runJob(call, connect(call), { path: '/api/v1/backtests', body });
  if (call.json) return call.print(report);
  const { flips, ...rest } = report;
  const rows = Array.isArray(flips) ? (flips as readonly Json[]).filter(isRecord) : [];
  if (rows.length > 0) call.write(flipsTable(rows));
  call.write(linesOf(rest));
}
