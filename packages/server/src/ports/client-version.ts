/** Versions of clients as they name themselves. */

const VERSION = /^(\d{1,6})\.(\d{1,6})\.(\d{1,6})(?![\d.])/;

/** Less than 0, 0 or more than 0, as for sorting; undefined where one of them is no version. A suffix such as `-alpha.1` counts as older. */
export function compareVersions(a: string, b: string): number | undefined {
  const [left, right] = [VERSION.exec(a), VERSION.exec(b)];
  if (left === null || right === null) return undefined;
  for (const at of [1, 2, 3]) {
    const difference = Number(left[at]) - Number(right[at]);
    if (difference !== 0) return difference;
  }
  const [isFinalA, isFinalB] = [isFinal(a, left), isFinal(b, right)];
  return Number(isFinalA) - Number(isFinalB);
}

const isFinal = (text: string, match: RegExpExecArray): boolean => !text.slice(match[0].length).startsWith('-');
