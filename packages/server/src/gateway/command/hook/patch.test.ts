import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readPatch } from './patch.ts';

const patch = (...lines: readonly string[]): string => ['*** Begin Patch', ...lines, '*** End Patch'].join('\n');

describe('what is read', () => {
  test.each([
    ['a new file', patch('*** Add File: a.md', '+one', '+two'), [{ kind: 'add', path: 'a.md' }]],
    ['an empty new file', patch('*** Add File: a.md'), [{ kind: 'add', path: 'a.md' }]],
    ['a deleted file', patch('*** Delete File: dir/a b.md'), [{ kind: 'delete', path: 'dir/a b.md' }]],
    [
      'an update with places and the end of the file',
      patch('*** Update File: a.js', '@@ class A', '@@', ' kept', '', '-old', '+*** Add File: not-a-header', '*** End of File'),
      [{ kind: 'update', path: 'a.js', to: undefined }],
    ],
    ['a move', patch('*** Update File: a.js', '*** Move to: b.js'), [{ kind: 'update', path: 'a.js', to: 'b.js' }]],
    [
      'several files',
      patch('*** Add File: a', '+x', '*** Delete File: b', '*** Update File: c', '@@', '-x', '+y'),
      [
        { kind: 'add', path: 'a' },
        { kind: 'delete', path: 'b' },
        { kind: 'update', path: 'c', to: undefined },
      ],
    ],
  ])('%s, with and without the last line end', (_, text, steps) => {
    expect(readPatch(text)).toMatchObject({ ok: true, steps });
    expect(readPatch(`${text}\n`)).toEqual(readPatch(text));
  });
});

describe('what is odd is refused, and the line is named', () => {
  test.each([
    ['nothing', '', 1],
    ['no beginning', '*** Add File: a\n+x\n*** End Patch', 1],
    ['no end', '*** Begin Patch\n*** Add File: a\n+x', 3],
    ['no change', patch(), 2],
    ['something before', ` ${patch('*** Add File: a')}`, 1],
    ['something after', `${patch('*** Add File: a')}\n*** Delete File: b`, 3],
    ['two line ends at the end', `${patch('*** Add File: a')}\n\n`, 3],
    ['an indented header', patch('  *** Add File: a', '+x'), 2],
    ['a header of another kind', patch('*** Environment ID: x', '*** Add File: a'), 2],
    ['a line that adds nothing in a new file', patch('*** Add File: a', 'x'), 3],
    ['an empty line in a new file', patch('*** Add File: a', '+x', '', '*** Delete File: b'), 4],
    ['a context line that looks like a header', patch('*** Update File: a', '@@', ' *** Delete File: b', '+x'), 4],
    ['a header in lower case', patch('*** add file: a', '+x'), 2],
    ['an update without lines', patch('*** Update File: a'), 3],
    ['a move after lines', patch('*** Update File: a', '@@', '-x', '*** Move to: b'), 5],
    ['a path with a space at its end', patch('*** Add File: a ', '+x'), 2],
    ['a path with a backslash', patch('*** Add File: a\\b', '+x'), 2],
    ['no path', patch('*** Add File: ', '+x'), 2],
    ['a carriage return', patch('*** Add File: a\r', '+x'), 1],
    ['a heredoc around it', `apply_patch <<'EOF'\n${patch('*** Add File: a', '+x')}\nEOF`, 1],
    ['too many files', patch(...Array.from({ length: 65 }, (_, at) => `*** Delete File: f${at}`)), 67],
    ['too much', patch('*** Add File: a', `+${'x'.repeat(2 * 1024 * 1024)}`), 1],
  ])('%s', (_, text, at) => {
    expect(readPatch(text)).toMatchObject({ ok: false, at });
  });
});

/** A lenient reader, as a client may have one: it trims before it looks, and takes every line for a header that could be one. */
const lenientPaths = (text: string): readonly string[] =>
  text.split('\n').flatMap((line) => {
    const named =
      /^\s*\*\*\*\s*(?:Add|Update|Delete)\s+File\s*:\s*(.*?)\s*$/i.exec(line) ??
      /^\s*\*\*\*\s*Move\s+to\s*:\s*(.*?)\s*$/i.exec(line);
    return named?.[1] === undefined ? [] : [named[1]];
  });

test('whatever a lenient reader would take for a file is named in what is read', () => {
  const line = fc.oneof(
    fc.constantFrom('*** Begin Patch', '*** End Patch', '*** End of File', '@@', '@@ x', '', ' ', ' kept', '-old', '+new', 'odd'),
    fc
      .tuple(
        fc.constantFrom('', ' ', '\t', '+', '-', ' +'),
        fc.constantFrom('*** ', '***', '**** ', '*** *** '),
        fc.constantFrom('Add File: ', 'Update File: ', 'Delete File: ', 'Move to: ', 'add file: ', 'Add  File: '),
        fc.constantFrom('a', 'b/c', '../d', '/etc/e', 'f '),
      )
      .map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(fc.array(line, { maxLength: 12 }), (lines) => {
      const text = patch(...lines);
      const read = readPatch(text);
      if (!read.ok) return;
      const named = read.steps.flatMap((step) =>
        step.kind === 'update' && step.to !== undefined ? [step.path, step.to] : [step.path],
      );
      expect(new Set(named)).toEqual(new Set(lenientPaths(text)));
    }),
    { numRuns: 20_000 },
  );
});

test('any text is answered, quickly', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 400 }), (text) => {
      expect(typeof readPatch(text).ok).toBe('boolean');
    }),
    { numRuns: 2_000 },
  );
});
