/** Every error as what, why and the next command, with its exit code. */
import { asFault, Fault } from '@countersign/kernel/fault';
import { type Json, isRecord, type JsonRecord } from '@countersign/kernel/json';
import { ProblemError, UnreachableError } from '../client/index.ts';
import { printable } from './call.ts';
import { CliError, type ExitName } from './exit.ts';

const text = (value: Json | undefined): string | undefined => (typeof value === 'string' ? printable(value) : undefined);

const records = (value: Json | undefined): readonly JsonRecord[] =>
  Array.isArray(value) ? (value as readonly Json[]).filter(isRecord) : [];

function exitOf(status: number): ExitName {
  if (status === 401) return 'not-signed-in';
  return status === 403 ? 'denied' : 'failed';
}

/** Members that did not fit, findings of a bundle, and the reasons of a denial: a line each. */
function details(problem: JsonRecord): string[] {
  const denial = isRecord(problem['denial']) ? problem['denial'] : problem;
  const fields = records(problem['errors']).map(
    (error) => `${text(error['pointer']) ?? text(error['parameter']) ?? ''}: ${text(error['detail']) ?? ''}`,
  );
  const findings = records(problem['findings']).map(
    (finding) => `${text(finding['file']) ?? ''}:${String(finding['line'])}: ${text(finding['message']) ?? ''}`,
  );
  const reasons = records(denial['reasons']).map(
    (reason) =>
      `${text(reason['message']) ?? ''} (${text(reason['reference']) ?? text(reason['policy']) ?? text(reason['code']) ?? ''})`,
  );
  return [...fields, ...findings, ...reasons];
}

function nextOf(problem: JsonRecord, status: number): string | undefined {
  const denial = isRecord(problem['denial']) ? problem['denial'] : {};
  const escalate = isRecord(denial['escalate']) ? text(denial['escalate']['group']) : undefined;
  const instead = text(denial['instead']);
  if (instead !== undefined) return instead;
  if (escalate !== undefined)
    return `ask ${escalate}, and quote ${text(denial['requestId']) ?? text(problem['instance']) ?? 'the request'}`;
  if (status === 401) return 'set COUNTERSIGN_KEY, or start a server here with `countersign up`';
  const page = text(problem['type']);
  return page === undefined ? undefined : `read ${page} on the server`;
}

function fromProblem({ status, problem }: ProblemError): CliError {
  const why = [text(problem['detail']), ...details(problem)]
    .filter((line) => line !== undefined && line !== '')
    .join('\n       ');
  const next = nextOf(problem, status);
  return new CliError(exitOf(status), text(problem['title']) ?? `the server answered ${status}`, {
    why,
    ...(next === undefined ? {} : { next }),
  });
}

export function asCliError(thrown: unknown): CliError {
  if (thrown instanceof CliError) return thrown;
  if (thrown instanceof ProblemError) return fromProblem(thrown);
  if (thrown instanceof UnreachableError) {
    const cause =
      thrown.cause instanceof Error ? ((thrown.cause.cause as Error | undefined)?.message ?? thrown.cause.message) : undefined;
    return new CliError('failed', `No answer from ${thrown.url}`, {
      ...(cause === undefined ? {} : { why: cause }),
      next: 'start a server with `countersign up`, or name another one with --url',
    });
  }
  // Thrown in this process: whoever runs it is who reads its log.
  if (thrown instanceof Fault) {
    const { publicText, internalText, code } = thrown;
    return new CliError('failed', publicText, {
      why: internalText === undefined ? code : `${printable(internalText)} (${code})`,
    });
  }
  const fault = asFault(thrown);
  return new CliError('failed', fault.internalText ?? fault.publicText);
}

export function errorText({ message, why, next }: CliError): string {
  return [
    `error: ${message}`,
    ...(why === undefined || why === '' ? [] : [`  why: ${why}`]),
    ...(next === undefined ? [] : [`  next: ${next}`]),
  ]
    .map((line) => `${line}\n`)
    .join('');
}
