// Texts of 100 KB that are made to be slow: a rule's keyword and what its pattern goes on with, over and over.
const LENGTH = 100_000;

const filled = (piece) => piece.repeat(Math.ceil(LENGTH / piece.length)).slice(0, LENGTH);

/** Every family of probes for one keyword. */
export function probesOf(keyword) {
  const separated = [' ', '_', '=', '="', ': ', '.', '-', '\n', ''].map((separator) => filled(`${keyword}${separator}`));
  const thenRun = ['a', 'A1', '0', 'aB3_', ' ', '"', '\'"', '=', 'eyJ', '%41', '\\u0041', '&#65;', '://a:'].map((run) =>
    (keyword + filled(run)).slice(0, LENGTH),
  );
  const runThen = ['a', 'A1b', ' '].map((run) => filled(run).slice(keyword.length + 1) + keyword);
  const almost = ['x7Q2', 'abc ', 'k="'].map((value) => filled(`${keyword}_${value.repeat(8)}" `));
  return [...separated, ...thenRun, ...runThen, ...almost];
}
