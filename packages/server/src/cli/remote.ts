/** What remote commands have in common: a page as a table or as JSON, one thing as lines, a mutation with its dry run. */
import type { Json } from '@countersign/kernel/json';
import { isRecord, type JsonRecord } from '@countersign/kernel/json';
import type { Answer, Query } from '../client/index.ts';
import { type Call, cell, table } from './call.ts';
import { connect } from './connect.ts';
import type { ExitName } from './exit.ts';

export type Columns = readonly (readonly [head: string, value: (row: JsonRecord) => string])[];

/** A column that shows a member as it is. */
export const member = (name: string, head = name): readonly [string, (row: JsonRecord) => string] => [
  head,
  (row) => cell(row[name]),
];

export const rowsOf = (json: JsonRecord): readonly JsonRecord[] =>
  Array.isArray(json['data']) ? (json['data'] as readonly Json[]).filter(isRecord) : [];

export const pageQuery = (call: Call): Query => ({ limit: call.integer('limit'), cursor: call.text('cursor') });

export async function showPage(call: Call, path: string, what: { query?: Query; columns: Columns; none: string }): Promise<void> {
  const { json } = await connect(call).get(path, what.query ?? {});
  if (call.json) return call.print(json);
  const rows = rowsOf(json);
  if (rows.length === 0) return call.say(what.none);
  call.write(
    table(
      what.columns.map(([head]) => head),
      rows.map((row) => what.columns.map(([, value]) => value(row))),
    ),
  );
  if (typeof json['nextCursor'] === 'string') call.say(`more: --cursor ${json['nextCursor']}`);
}

/** Members as lines, nested ones indented. */
export function linesOf(json: JsonRecord, indent = ''): string {
  const width = Math.max(0, ...Object.keys(json).map((name) => name.length));
  return Object.entries(json)
    .map(([name, value]) =>
      isRecord(value)
        ? `${indent}${name}:\n${linesOf(value, `${indent}  `)}`
        : `${indent}${name.padEnd(width)}  ${lineOf(value)}\n`,
    )
    .join('');
}

const lineOf = (value: Json): string =>
  Array.isArray(value) && value.every((item) => typeof item !== 'object') ? cell(value.join(', ')) : cell(value);

export function showOne(call: Call, json: JsonRecord): void {
  if (call.json) call.print(json);
  else call.write(linesOf(json));
}

/** Query of a mutation: its dry run, when one was asked. */
export const dryQuery = (call: Call): Query => (call.dryRun ? { dryRun: true } : {});

/** Tells what a mutation did, or would do. @returns the exit: a dry run that the server accepted would be done */
export function told(call: Call, answer: Answer, done: string): ExitName {
  const { json } = answer;
  if (call.json) call.print(json);
  else if (json['dryRun'] === true) call.say(`would ${cell(json['would'])}`);
  else call.say(done);
  return 'ok';
}
