/** From arguments to one HTTP request below the URL of the server. */
import { isRecord, type Json, type JsonRecord } from '@countersign/kernel/json';
import { BadArgument, headerText, pathText, queryPairs } from './encode.ts';
import type { BodyPlan, RestOperation } from './operation.ts';

export interface Built {
  readonly url: URL;
  readonly headers: readonly string[];
  readonly body: string | null;
}

/** @throws BadArgument */
export function buildRequest(operation: RestOperation, base: URL, args: JsonRecord): Built {
  checkNames(operation, args);
  let path = operation.path;
  const query: string[] = [];
  const headers: string[] = [];
  for (const placed of operation.placed) {
    const value = own(args, placed.argument);
    if (value === undefined || (value === null && placed.in !== 'path')) {
      if (placed.in === 'path') throw new BadArgument(`\`${placed.argument}\` is missing.`);
    } else if (placed.in === 'path') path = path.replaceAll(`{${placed.name}}`, () => pathText(placed, value));
    else if (placed.in === 'query') query.push(...queryPairs(placed, value));
    else headers.push(placed.name.toLowerCase(), headerText(placed, value));
  }
  const whole = base.pathname.replace(/\/+$/, '') + path;
  const url = new URL(base.href);
  url.search = '';
  url.pathname = whole;
  // What URL parsing would move elsewhere was never meant.
  if (decoded(url.pathname) !== decoded(whole)) throw new BadArgument('The arguments lead out of the path of the operation.');
  const search = [base.search.slice(1), ...query].filter((part) => part !== '').join('&');
  url.search = search;
  const body = bodyText(operation.body, args);
  const type = body === null ? [] : ['content-type', operation.body?.media ?? 'application/json'];
  return { url, headers: [...headers, ...type], body };
}

const decoded = (path: string): string => {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
};

const own = (record: JsonRecord, name: string): Json | undefined => (Object.hasOwn(record, name) ? record[name] : undefined);

function checkNames(operation: RestOperation, args: JsonRecord): void {
  const known = new Set(operation.placed.map(({ argument }) => argument));
  for (const argument of operation.body?.members.keys() ?? []) known.add(argument);
  if (operation.body?.whole !== null && operation.body !== null) known.add(operation.body.whole);
  for (const name of Object.keys(args)) if (!known.has(name)) throw new BadArgument(`There is no argument \`${name}\`.`);
}

function bodyText(plan: BodyPlan | null, args: JsonRecord): string | null {
  if (plan === null) return null;
  if (plan.whole !== null) {
    const value = own(args, plan.whole);
    return value === undefined ? null : JSON.stringify(value);
  }
  const body = Object.fromEntries(
    [...plan.members].flatMap(([argument, member]) => {
      const value = own(args, argument);
      return value === undefined ? [] : [[member, value]];
    }),
  );
  if (Object.keys(body).length === 0) return null;
  return plan.media === 'application/json' ? JSON.stringify(body) : formText(body);
}

function formText(body: JsonRecord): string {
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(body)) {
    const values = Array.isArray(value) ? (value as readonly Json[]) : [value];
    for (const one of values) form.append(name, isRecord(one) || Array.isArray(one) ? JSON.stringify(one) : String(one ?? ''));
  }
  return form.toString();
}
