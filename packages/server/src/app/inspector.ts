/** The scanner as the tool side wants it: texts on their way through the door, and definitions before anybody is asked about them. */
import { Fault } from '@countersign/kernel/fault';
import type { Json } from '@countersign/kernel/json';
import { judgeDefinition, takesOut } from '@countersign/kernel/redact';
import { type DefinitionFinding, excerptAt, FINDINGS_MAX, type JudgeDefinition, textsOf } from '@countersign/kernel/tool';
import { found, unscannable } from '../gateway/wire/content-problem.ts';
import { type ScanRules, scanRules } from '../gateway/wire/scan-rules.ts';
import { scanTimeMs } from '../gateway/wire/scan-time.ts';
import { looksLikeSource } from '../gateway/wire/source-text.ts';
import { Tally } from '../gateway/wire/tally.ts';
import type { Clock } from '../ports/clock.ts';
import type { InspectPlace, Inspector } from '../ports/inspect.ts';
import type { ScanPlace, SnapshotSource } from '../ports/registry.ts';
import type { Scanner } from '../ports/scanner.ts';

export interface InspectorTerms {
  readonly scanner: Scanner;
  readonly snapshots: SnapshotSource;
  readonly clock: Clock;
}

const PLACES: Readonly<Record<InspectPlace, ScanPlace>> = {
  argument: 'toolArguments',
  result: 'toolResults',
  // What a server asks of a person is what a server says.
  elicitation: 'toolResults',
};
const WHAT: Readonly<Record<InspectPlace, string>> = { argument: 'arguments', result: 'result', elicitation: 'question' };

/** Whoever reads a whole definition in one turn; longer texts are judged by `judgeDefinition` alone, which calls them a finding. */
const SECRET_TEXT_MAX = 65_536;

function rulesNow({ snapshots, clock }: InspectorTerms): ScanRules {
  const snapshot = snapshots.current();
  if (snapshot === undefined) throw new Fault('bundle.missing', 'No bundle is in force, so nothing is allowed.');
  return scanRules(snapshot.settings, clock.now());
}

/** Findings that were taken out raise nothing any more; they are told all the same. */
export function createInspector(terms: InspectorTerms): Inspector {
  return {
    async inspect(text, place, clearance = 'restricted') {
      const rules = rulesNow(terms);
      const scanned = PLACES[place];
      const profile = rules.profile(scanned, clearance, looksLikeSource(text));
      const redacted = await terms.scanner.redact(text, { profile, deadlineMs: scanTimeMs(text) });
      if (redacted.unscannable !== undefined) throw faultOf(unscannable(WHAT[place]));
      const tally = new Tally(rules, scanned);
      for (const finding of redacted.findings) tally.add(finding, profile);
      if (tally.denial !== undefined) throw faultOf(found(WHAT[place], tally.denial));
      return {
        text: redacted.text,
        findings: redacted.findings.map((finding) => {
          const isWeak = finding.confidence === 1 && finding.kind !== 'injection';
          return { rule: finding.rule, raises: isWeak || takesOut(profile, finding) ? 'none' : finding.raises };
        }),
      };
    },
  };
}

const faultOf = ({ code, message }: { code: 'data.found' | 'data.unscannable'; message: string }): Fault =>
  new Fault(code, message);

/** For the catalogue: what the settings say is denied in a definition keeps it in quarantine. */
export function createDefinitionJudge(terms: InspectorTerms): JudgeDefinition {
  return (definition) => {
    const rules = rulesNow(terms);
    const all: DefinitionFinding[] = [];
    for (const { pointer, rule, kind, start } of judgeDefinition(definition))
      if (rules.action('definitions', kind) === 'deny')
        all.push({ rule, kind, path: pointer, excerpt: excerptAt(textAt(definition, pointer), start) });
    const profile = rules.search('definitions');
    for (const { path, text } of textsOf(definition)) {
      if (all.length >= FINDINGS_MAX) break;
      if (text.length > SECRET_TEXT_MAX) continue;
      const stream = terms.scanner.stream({ ...profile, kinds: ['secret', 'personal'] });
      stream.push(text);
      stream.end();
      // The value itself is shown to nobody.
      for (const { kind, rule, confidence } of stream.findings)
        if (confidence > 1 && rules.action('definitions', kind) === 'deny')
          all.push({ rule, kind, path, excerpt: `[REDACTED:${rule}]` });
    }
    return all.slice(0, FINDINGS_MAX);
  };
}

/** The text at a pointer, or the member's name where something else stands there. */
function textAt(definition: Json, pointer: string): string {
  const steps = pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
  let here: unknown = definition;
  for (const step of steps) here = (here as Record<string, unknown> | null | undefined)?.[step];
  return typeof here === 'string' ? here : (steps.at(-1) ?? '');
}
