/** How a run ended: told to the person, and as an exit code. */
import { isRecord, type JsonRecord } from '@countersign/kernel/json';
import { type Call, cell } from '../call.ts';
import { EXITS } from '../exit.ts';
import type { Output } from './output.ts';

export function tellEnding(call: Call, end: JsonRecord, output: Output): number {
  const exit = codeOf(end);
  if (call.json) {
    call.print({ ...end, exit, ...output.document() });
    return exit;
  }
  if (end['kind'] === 'denied' && isRecord(end['denial'])) tellDenial(call, end['denial']);
  else if (end['kind'] === 'failed')
    call.say(`countersign: ${cell(end['message'])} [${cell(end['code'])}, request ${cell(end['requestId'])}]`);
  else if (end['killed'] !== undefined)
    call.say(`countersign: ended by us: ${KILLED[cell(end['killed'])] ?? cell(end['killed'])}`);
  return exit;
}

const KILLED: Readonly<Record<string, string>> = {
  time: 'it took longer than its profile allows',
  memory: 'it needed more memory than its profile allows',
  output: 'it printed more than its profile allows',
  egress: 'it sent or received more than its profile allows',
  cancelled: 'it was cancelled',
  stopped: 'the node is stopping',
  'kill-switch': 'a kill switch was set',
};

function codeOf(end: JsonRecord): number {
  if (end['kind'] === 'exited') return typeof end['exit'] === 'number' ? end['exit'] : EXITS['not-run'].code;
  if (end['kind'] === 'denied') {
    const approval = isRecord(end['denial']) ? end['denial']['approval'] : undefined;
    return approval === undefined || approval === null ? EXITS.denied.code : EXITS.pending.code;
  }
  const code = cell(end['code']);
  if (/^identity\.(?:missing|invalid|expired|revoked)$/.test(code)) return EXITS['not-signed-in'].code;
  return /^(?:identity|mandate)\./.test(code) ? EXITS.denied.code : EXITS['not-run'].code;
}

/** A denial teaches: what, why, what would be allowed instead, and who may lift it. */
function tellDenial(call: Call, denial: JsonRecord): void {
  call.say(`countersign: ${cell(denial['message'])} [${cell(denial['code'])}]`);
  const reasons = Array.isArray(denial['reasons']) ? (denial['reasons'] as readonly JsonRecord[]).filter(isRecord) : [];
  for (const reason of reasons.slice(0, 8))
    call.say(`  ${cell(reason['message'])} (${cell(reason['reference'] ?? reason['policy'] ?? reason['code'])})`);
  if (denial['instead'] !== undefined) call.say(`  instead: ${cell(denial['instead'])}`);
  const { approval, escalate } = denial;
  if (isRecord(approval)) {
    call.say(`  a person can approve it: ${cell(approval['url'])} (\`countersign approval approve ${cell(approval['id'])}\`)`);
    call.say('  then run exactly the same again, or wait with `--wait 600`');
  } else if (isRecord(escalate)) call.say(`  who can change it: ${cell(escalate['group'])}`);
  call.say(`  request ${cell(denial['requestId'])}`);
}
