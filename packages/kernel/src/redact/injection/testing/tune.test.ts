import { test } from 'vitest';
import { judgeDefinition, injectionDetector } from '../index.ts';
import { POISONED, definitionOf, isHeldOut } from './poisoned.ts';
import { HARMLESS } from './harmless.ts';
import { ATTACKS, TRIGGERING } from './prose.ts';
import { eachSignal } from '../signal.ts';
test('tune', () => {
  const part = process.env.HELD === '1';
  const bad = POISONED.filter((s, i) => isHeldOut(s, i) === part);
  const good = HARMLESS.filter((s, i) => isHeldOut(s, i) === part);
  const missed = bad.filter((s) => judgeDefinition(definitionOf(s)).length === 0);
  const alarms = good.map((s) => [s, judgeDefinition(definitionOf(s))] as const).filter(([, f]) => f.length > 0);
  console.log(`bad ${bad.length} missed ${missed.length} recall ${1 - missed.length / bad.length}; good ${good.length} alarms ${alarms.length}`);
  if (!part || process.env.SHOW) {
    for (const s of missed) { const out: unknown[] = []; eachSignal(Array.isArray(s) ? s[1] as string : '', true, (x) => out.push(`${x.family}:${x.weight}`)); console.log('MISSED', JSON.stringify(s), out.join(' ')); }
    for (const [s, f] of alarms) console.log('ALARM', JSON.stringify(s), f.map((x) => x.rule).join());
  }
  const hits = (t: string) => { const out: string[] = []; injectionDetector.detect(t, { place: 'prose', regions: [] }, (h) => out.push(h.rule)); return out; };
  console.log('prose alarms', TRIGGERING.filter((t) => hits(t).length).map((t) => t + ' => ' + hits(t)), 'attacks missed', ATTACKS.filter((t) => !hits(t).length));
});
