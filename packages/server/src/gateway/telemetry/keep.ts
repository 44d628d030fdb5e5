/** Redacts what is kept, as every other record, and hands it to the store. */
import type { ClientEvent, ClientEvidence } from '../../ports/client-evidence.ts';
import { DATA_CLASSES } from '../../ports/registry.ts';
import type { BundleSnapshot } from '../../ports/registry.ts';
import type { Caller } from '../../ports/road.ts';
import type { Scanner } from '../../ports/scanner.ts';
import { mandateClass } from '../wire/mandate-class.ts';
import { scanRules } from '../wire/scan-rules.ts';
import { scanTimeMs } from '../wire/scan-time.ts';

export interface Keeping {
  readonly org: string;
  readonly scanner: Scanner;
  readonly evidence: Pick<ClientEvidence, 'add'>;
  readonly nowMs: number;
  readonly snapshot: BundleSnapshot;
  readonly caller: Caller;
}

/** @returns how many findings there were */
export async function keepEvents(keeping: Keeping, events: readonly ClientEvent[]): Promise<number> {
  const { org, caller, snapshot } = keeping;
  const clean: ClientEvent[] = [];
  for (const event of events) clean.push({ ...event, attributes: await redacted(keeping, event.attributes) });
  const dataClass = mandateClass(caller) ?? caller.agent.dataClass;
  return keeping.evidence.add({
    org,
    agent: caller.agent.id,
    mandate: caller.mandate?.id ?? null,
    task: caller.mandate?.task ?? null,
    days: snapshot.settings.retentionDays[dataClass] ?? snapshot.settings.retentionDays[DATA_CLASSES[3]],
    events: clean,
  });
}

const WITHHELD = '{"withheld":"data.unscannable"}';

/** Texts within JSON stay JSON: a redaction has no quotes. What cannot be judged is not kept. */
async function redacted({ scanner, snapshot, nowMs }: Keeping, text: string): Promise<string> {
  // Readers of evidence are people of any clearance.
  const profile = scanRules(snapshot.settings, nowMs).profile('records', 'public', false);
  const { text: clean, unscannable } = await scanner.redact(text, { profile, deadlineMs: scanTimeMs(text) });
  if (unscannable !== undefined) return WITHHELD;
  try {
    JSON.parse(clean);
    return clean;
  } catch {
    return WITHHELD;
  }
}
