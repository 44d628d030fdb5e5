/** What the scanner finds in a command: it raises the class, and what it takes out is not shown. The command itself is never rewritten. */
import { asFault } from '@countersign/kernel/fault';
import { renderArgv, renderText } from '@countersign/kernel/command';
import type { GivenCommand } from '../../../ports/command-record.ts';
import type { Inspector } from '../../../ports/inspect.ts';
import { DATA_CLASSES, type DataClass } from '../../../ports/registry.ts';

export interface Scanned {
  /** For people: words quoted, what cannot be seen escaped, secrets taken out. */
  readonly shown: string;
  /** Rule ids, sorted. */
  readonly findings: readonly string[];
  readonly raised?: DataClass;
  /** Why it may not be looked at, where it may not; public. */
  readonly refused?: string;
}

/** Without an inspector nothing is found. Never throws: what cannot be scanned is refused. */
export async function scanCommand(command: GivenCommand, inspector: Inspector | undefined): Promise<Scanned> {
  const text = 'argv' in command ? renderArgv(command.argv) : renderText(command.text);
  if (inspector === undefined) return { shown: text, findings: [] };
  try {
    const { text: shown, findings } = await inspector.inspect(text, 'argument');
    const raised = highestOf(findings.map(({ raises }) => raises));
    const rules = [...new Set(findings.map(({ rule }) => rule))].sort();
    return { shown, findings: rules, ...(raised === undefined ? {} : { raised }) };
  } catch (thrown) {
    return { shown: '', findings: ['unscannable'], raised: 'restricted', refused: asFault(thrown).publicText };
  }
}

function highestOf(raises: readonly ('none' | DataClass)[]): DataClass | undefined {
  const ranks = raises.map((name) => (name === 'none' ? -1 : DATA_CLASSES.indexOf(name)));
  return DATA_CLASSES[Math.max(-1, ...ranks)];
}
