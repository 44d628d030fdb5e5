/** What cannot be read, and what is said of it. */
import { EvaluationFailure } from '@countersign/kernel/cedar';
import { Fault } from '@countersign/kernel/fault';

/** The file looks like a test, or belongs to one, and cannot be read; the message says why. */
export class UnreadableTest extends Error {}

export const refuse = (what: string): never => {
  throw new UnreadableTest(what);
};

function faultText({ publicText, internalText }: Fault): string {
  return internalText === undefined ? publicText : `${publicText} (${internalText})`;
}

/** What went wrong, for the person who runs the cases; these are their own files, so nothing is hidden. */
export function problemOf(thrown: unknown): string {
  if (thrown instanceof Fault) return faultText(thrown);
  if (thrown instanceof EvaluationFailure) return `a value cannot be read: ${thrown.message}`;
  if (thrown instanceof RangeError) return 'it is nested too deep';
  return thrown instanceof Error ? thrown.message : 'it cannot be read';
}

/** `read`, its complaints begun with the name of what was read. */
export async function naming<Result>(name: string, read: Promise<Result>): Promise<Result> {
  try {
    return await read;
  } catch (thrown) {
    return refuse(`${name}: ${problemOf(thrown)}`);
  }
}
