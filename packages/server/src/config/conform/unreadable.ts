/** The file looks like a test, or belongs to one, and cannot be read; the message says why. */
export class UnreadableTest extends Error {}

export const refuse = (what: string): never => {
  throw new UnreadableTest(what);
};
