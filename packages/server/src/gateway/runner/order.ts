/** What a node orders. It proved to be the node; what it says must still have the shape that we act on. */
import { Fault } from '@countersign/kernel/fault';
import { isRecord, type Json, type JsonRecord } from '@countersign/kernel/json';
import type { RunnerOrder } from '../../ports/runner-wire.ts';

/** @throws Fault request.invalid, sandbox.unenforceable */
export function readOrder(json: JsonRecord): RunnerOrder {
  const { grant, spec, workspace, ...rest } = json;
  if (Object.keys(rest).length > 0) throw wrong('it has members that are none');
  if (typeof workspace !== 'string' || !/^[0-9a-f]{64}$/.test(workspace)) throw wrong('`workspace` is no digest');
  checkGrant(grant);
  checkSpec(spec);
  return json as unknown as RunnerOrder;
}

function checkGrant(grant: Json | undefined): void {
  const { action, expiresAt } = isRecord(grant) ? grant : {};
  if (typeof action !== 'string' || !action.startsWith('command.')) throw wrong('`grant` is not for a command');
  if (typeof expiresAt !== 'number' || expiresAt < Date.now()) throw wrong('`grant` has expired');
}

function checkSpec(spec: Json | undefined): void {
  if (!isRecord(spec) || !isRecord(spec['workspace']) || !isRecord(spec['identity']) || !isRecord(spec['limits']))
    throw wrong('`spec` is no document of a sandbox');
  const { path } = spec['workspace'];
  if (typeof path !== 'string' || !path.startsWith('/')) throw wrong('`spec.workspace.path` is no absolute path');
  if (spec['network'] !== 'none') throw new Fault('sandbox.unenforceable', 'This runner has no network door.');
  const { mounts } = spec;
  if (!Array.isArray(mounts) || mounts.length > 0)
    throw new Fault('sandbox.unenforceable', 'A runner has nothing to mount but the workspace.');
}

const wrong = (why: string): Fault => new Fault('request.invalid', `This is no order for a runner: ${why}.`);
