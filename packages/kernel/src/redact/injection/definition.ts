/** A whole tool definition, judged before anybody is asked to approve it. */
import type { DetectOptions, Hit } from '../detector.ts';
import { hiddenDetector } from '../hidden/detector.ts';
import { injectionDetector } from './detector.ts';
import { type DefinitionItem, walkDefinition } from './walk.ts';

/** A hit in one text of a definition. Offsets are into that text. */
export interface DefinitionFinding extends Hit {
  /** RFC 6901 pointer to the text; for a member name, to the member. */
  readonly pointer: string;
}

const PLACE: DetectOptions = { place: 'definition', regions: [] };
/** Longest text of one item that is read; nobody needs a longer description. */
const ITEM_UNITS_MAX = 65_536;

/** `readTheKey` and `read_the_key` as words: a name says what a sentence says. Same length, so that positions hold. */
function wordsOfName(text: string): string {
  const spaced = text.replace(/[_-]/g, ' ');
  return spaced.includes(' ') || text.length < 16 ? spaced : spaced.replace(/([a-z])(?=[A-Z])/g, '$1 ');
}

/** Values that are names rather than sentences: identifiers without a blank. */
const isIdentifier = (text: string): boolean => /^[A-Za-z][\w-]*$/.test(text);

function judgeItem({ pointer, text, isName }: DefinitionItem, findings: DefinitionFinding[]): void {
  if (text.length > ITEM_UNITS_MAX) {
    findings.push(tooDeep(pointer));
    return;
  }
  const report = (hit: Hit): void => {
    findings.push({ ...hit, pointer });
  };
  hiddenDetector.detect(text, PLACE, report);
  if (isName || isIdentifier(text)) {
    injectionDetector.detect(wordsOfName(text), PLACE, (hit) => report({ ...hit, start: 0, end: text.length }));
    return;
  }
  injectionDetector.detect(text, PLACE, report);
}

const tooDeep = (pointer: string): DefinitionFinding => ({
  rule: 'definition-too-deep',
  kind: 'injection',
  start: 0,
  end: 0,
  confidence: 3,
  raises: 'none',
  pointer,
});

/**
 * Every hidden text and every order in a tool definition or in a server's instructions: any JSON value, read as
 * `{name, title, description, inputSchema, outputSchema, annotations, instructions, ...}`. What is nested or numerous beyond reading is a
 * finding of its own, `definition-too-deep`. Empty for a definition that only describes. Never throws on what JSON can hold.
 */
export function judgeDefinition(definition: unknown): DefinitionFinding[] {
  const findings: DefinitionFinding[] = [];
  const stopped = walkDefinition(definition, (item) => judgeItem(item, findings));
  if (stopped !== undefined) findings.push(tooDeep(stopped));
  return findings;
}
