import { generateKeyPairSync, sign, verify, createPublicKey } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  base64Decode,
  base64Encode,
  cosign,
  decodeBundle,
  encodeBundle,
  entriesPath,
  formatCheckpoint,
  formatNote,
  formatProofFile,
  formatVkey,
  hexDecode,
  hexEncode,
  KEY_TYPES,
  openCheckpoint,
  openNote,
  parseCheckpoint,
  parseNote,
  parsePolicy,
  parseProofFile,
  parseTilePath,
  parseVkey,
  partialTiles,
  type SignatureChecks,
  type SignedNote,
  tilePath,
  tileWidth,
  utf8Encode,
  type VerifierKey,
  verifierKey,
} from './index.ts';
import { sha256 } from './testing/naive.ts';

const formatFault = expect.objectContaining({ name: 'Fault', code: 'ledger.format' });
const SPKI = Buffer.from('302a300506032b6570032100', 'hex');
const checks: SignatureChecks = {
  ed25519: (key, message, signature) =>
    verify(null, message, createPublicKey({ key: Buffer.concat([SPKI, key]), format: 'der', type: 'spki' }), signature),
};

interface Signer {
  readonly key: VerifierKey;
  readonly sign: (message: Uint8Array) => Uint8Array;
}

function signer(name: string, type: 0x01 | 0x04): Signer {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const raw = new Uint8Array(publicKey.export({ format: 'der', type: 'spki' }).subarray(12));
  return { key: verifierKey(name, type, raw, sha256), sign: (message) => new Uint8Array(sign(null, message, privateKey)) };
}

const ORIGIN = 'log.example/one';
const log = signer(ORIGIN, KEY_TYPES.ed25519);
const witnesses = ['w1.example', 'w2.example', 'w3.example'].map((name) => signer(name, KEY_TYPES.cosignatureEd25519));
const root = sha256(utf8Encode('root'));
const text = formatCheckpoint({ origin: ORIGIN, size: 42, root });
const NOW = 1_800_000_000;

const logLine = { name: log.key.name, keyId: log.key.keyId, signature: log.sign(utf8Encode(text)) };
const cosignature = ({ key, sign: with_ }: Signer, time = NOW) => ({
  name: key.name,
  keyId: key.keyId,
  signature: cosign(text, time, with_),
});
const note = (...lines: SignedNote['signatures']): Uint8Array => formatNote({ text, signatures: lines });

const policyText = (quorum: string): string =>
  [
    '# ours',
    `log ${formatVkey(log.key)} https://log.example/`,
    ...witnesses.map(({ key }, i) => `\twitness w${i + 1}  ${formatVkey(key)}`),
    'group two 2 w1 w2 w3',
    quorum,
    '',
  ].join('\n');
const trust = (quorum: string) => ({ policy: parsePolicy(utf8Encode(policyText(quorum)), sha256), sha256, checks, now: NOW });

describe('hex and base64', () => {
  test('every byte string goes there and back, and the text is the platform’s', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 70 }), (bytes) => {
        expect(base64Encode(bytes)).toBe(Buffer.from(bytes).toString('base64'));
        expect([...base64Decode(base64Encode(bytes))]).toEqual([...bytes]);
        expect([...hexDecode(hexEncode(bytes))]).toEqual([...bytes]);
      }),
    );
  });

  test.each(['A', 'AA', 'AAA', 'AA=', 'AB==', 'AAB=', 'AA==AA==', 'AA==\n', ' AA==', 'A-__', 'AA=A', '===='])(
    '%j is not canonical base64',
    (given) => {
      expect(() => base64Decode(given)).toThrow(formatFault);
    },
  );

  test.each(['a', 'AB', '0x', ' aa', 'aa\n'])('%j is not lower-case hex', (given) => {
    expect(() => hexDecode(given)).toThrow(formatFault);
  });
});

describe('tiles', () => {
  test.each([
    [{ level: 0, index: 1_234_067, width: 256 }, 'tile/0/x001/x234/067'],
    [{ level: 63, index: 0, width: 1 }, 'tile/63/000.p/1'],
    [{ level: 1, index: 999, width: 255 }, 'tile/1/999.p/255'],
    [{ level: 0, index: 1_000, width: 256 }, 'tile/0/x001/000'],
    [{ level: 0, index: 2 ** 45 - 1, width: 256 }, 'tile/0/x035/x184/x372/x088/831'],
  ])('%j lies at %s', (tile, path) => {
    expect(tilePath(tile)).toBe(path);
    expect(parseTilePath(path)).toEqual({ kind: 'tile', ...tile });
  });

  test.each([
    'tile/00/000',
    'tile/64/000',
    'tile/0/x000/000',
    'tile/0/1',
    'tile/0/0000',
    'tile/0/000.p/0',
    'tile/0/000.p/256',
    'tile/0/000.p/01',
    'tile/0/000.p',
    'tile/entries/x000/001',
    'tile/-1/000',
    'tile/0/000/000',
    '/tile/0/000',
    'tile/0/000/',
    'tile/0/x001',
    'tile/0/000.p/1/',
    'tile/0/x999/x999/x999/x999/x999/999',
  ])('%s is no tile', (path) => {
    expect(parseTilePath(path)).toBeNull();
  });

  test('the tiles of a size are those of the format’s own examples', () => {
    expect(partialTiles(256).map(tilePath)).toEqual(['tile/1/000.p/1']);
    expect(partialTiles(70_000).map(tilePath)).toEqual(['tile/0/273.p/112', 'tile/1/001.p/17', 'tile/2/000.p/1']);
    expect([tileWidth(0, 272, 70_000), tileWidth(0, 273, 70_000), tileWidth(0, 274, 70_000), tileWidth(1, 1, 70_000)]).toEqual([
      256, 112, 0, 17,
    ]);
    expect(entriesPath(0, 3)).toBe('tile/entries/000.p/3');
  });

  test('bundles go there and back; whatever bytes come, only exact bundles are read', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 5 }), fc.nat(3), (bodies, more) => {
        const bundle = encodeBundle(bodies);
        expect(decodeBundle(bundle, bodies.length).map((body) => [...body])).toEqual(bodies.map((body) => [...body]));
        expect(() => decodeBundle(bundle, bodies.length + 1 + more)).toThrow(formatFault);
        expect(() => decodeBundle(bundle, bodies.length - 1)).toThrow(formatFault);
        expect(() => decodeBundle(bundle.subarray(0, -1), bodies.length)).toThrow(formatFault);
      }),
    );
    expect(() => encodeBundle([new Uint8Array(65_536)])).toThrow(formatFault);
    expect(() => encodeBundle([])).toThrow(formatFault);
  });
});

describe('verifier keys', () => {
  test('go there and back, with plus signs in their base64', () => {
    for (const { key } of [log, ...witnesses]) expect(parseVkey(formatVkey(key), sha256)).toEqual(key);
  });

  const good = formatVkey(log.key);
  test.each([
    ['a wrong id', good.replace(/\+[0-9a-f]{8}\+/, '+00000000+')],
    ['another name', `x${good}`],
    ['an upper-case id', good.replace(/\+([0-9a-f]{8})\+/, (id) => id.toUpperCase().replace(/[0-9]/g, 'A'))],
    ['no name', good.slice(good.indexOf('+'))],
    ['a short key', good.slice(0, -4)],
    ['a space', good.replace('.', ' ')],
    ['an unknown type', `a+${'0'.repeat(8)}+${base64Encode(new Uint8Array(33).fill(9))}`],
    ['nothing', ''],
  ])('are refused with %s', (_, vkey) => {
    expect(() => parseVkey(vkey, sha256)).toThrow(formatFault);
  });
});

describe('signed notes', () => {
  test('are opened by a known key, and unknown lines are ignored also where name or id match', () => {
    const strange = { ...logLine, keyId: '00000000' };
    const namesake = { ...logLine, name: 'other.example' };
    expect(openNote(parseNote(note(strange, logLine, namesake)), [log.key], checks).verified).toEqual([
      { key: log.key, time: null },
    ]);
    expect(() => openNote(parseNote(note(strange, namesake)), [log.key], checks)).toThrow(formatFault);
  });

  test('are rejected whole for one bad signature of a known key', () => {
    const bad = { ...logLine, signature: logLine.signature.map((byte, i) => (i === 9 ? byte ^ 1 : byte)) };
    expect(() => openNote(parseNote(note(logLine, bad)), [log.key], checks)).toThrow(formatFault);
    expect(() =>
      openNote(parseNote(note(logLine, { ...logLine, signature: logLine.signature.slice(1) })), [log.key], checks),
    ).toThrow(formatFault);
  });

  test('may have an empty line in their text, and up to a hundred signatures', () => {
    const withGap = { text: 'a\n\nb\n', signatures: [logLine] };
    expect(parseNote(formatNote(withGap))).toEqual(withGap);
    expect(parseNote(note(...Array.from({ length: 100 }, () => logLine))).signatures.length).toBe(100);
    expect(() => note(...Array.from({ length: 101 }, () => logLine))).toThrow(formatFault);
  });

  const good = Buffer.from(note(logLine)).toString('utf8');
  test.each([
    ['no newline at the end', good.slice(0, -1)],
    ['a carriage return', good.replace('\n', '\r\n')],
    ['a tab', good.replace('log', '\tlog')],
    ['no empty line', good.replace('\n\n', '\n')],
    ['no signature', `${text}\n`],
    ['a hyphen for the dash', good.replace('\u2014', '-')],
    ['two spaces', good.replace('\u2014 ', '\u2014  ')],
    ['a trailing space', good.replace(/\n$/, ' \n')],
    ['base64 without padding', good.replace(/=*\n$/, '\n')],
    ['a short signature', `${text}\n\u2014 a AAAA\n`],
  ])('are refused with %s', (_, given) => {
    expect(() => parseNote(Buffer.from(given, 'utf8'))).toThrow(formatFault);
  });

  test('whatever changes in one byte, the note is refused or no longer opens, or the change is beyond what the key signed', () => {
    const bytes = note(logLine);
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, mask) => {
        const changed = bytes.map((byte, i) => (i === at ? byte ^ mask : byte));
        expect(() => openNote(parseNote(changed), [log.key], checks)).toThrow(formatFault);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('checkpoints', () => {
  test('go there and back', () => {
    expect(parseCheckpoint(text)).toEqual({ origin: ORIGIN, size: 42, root, extensions: [] });
  });

  test.each([
    ['a leading zero', text.replace('42', '042')],
    ['a sign', text.replace('42', '+42')],
    ['no size', text.replace('42', '')],
    ['a size beyond 2^53 - 1', text.replace('42', '9007199254740992')],
    ['a short root', `${ORIGIN}\n42\nAAAA\n`],
    ['no origin', text.replace(ORIGIN, '')],
    ['two lines', `${ORIGIN}\n42\n`],
    ['no newline at the end', text.slice(0, -1)],
    ['an empty line', `${text}\n`],
  ])('are refused with %s', (_, given) => {
    expect(() => parseCheckpoint(given)).toThrow(formatFault);
  });

  test('of an empty tree have the empty tree’s root', () => {
    const signed = (hash: Uint8Array): Uint8Array => {
      const empty = formatCheckpoint({ origin: ORIGIN, size: 0, root: hash });
      return formatNote({ text: empty, signatures: [{ ...logLine, signature: log.sign(utf8Encode(empty)) }] });
    };
    expect(openCheckpoint(signed(sha256(new Uint8Array(0))), trust('quorum none')).size).toBe(0);
    expect(() => openCheckpoint(signed(root), trust('quorum none'))).toThrow(formatFault);
  });

  test('count as many witnesses as distinct keys cosigned, at a time that may be', () => {
    const [w1, w2] = witnesses;
    if (w1 === undefined || w2 === undefined) throw new Error('there are three witnesses');
    const opened = openCheckpoint(note(logLine, cosignature(w1), cosignature(w2, NOW - 9)), trust('quorum two'));
    expect(opened).toEqual({
      origin: ORIGIN,
      size: 42,
      root,
      logKeys: [log.key.keyId],
      witnesses: 2,
      seen: { earliest: NOW - 9, latest: NOW },
    });
    expect(() => openCheckpoint(note(logLine, cosignature(w1), cosignature(w1, NOW - 1)), trust('quorum two'))).toThrow('quorum');
    expect(() => openCheckpoint(note(logLine, cosignature(w1), cosignature(w2, NOW + 301)), trust('quorum two'))).toThrow(
      'quorum',
    );
    expect(openCheckpoint(note(logLine, cosignature(w1), cosignature(w2, NOW + 300)), trust('quorum two')).witnesses).toBe(2);
    expect(() => openCheckpoint(note(cosignature(w1), cosignature(w2)), trust('quorum two'))).toThrow('under its origin');
    const moved = { ...cosignature(w2), signature: cosignature(w1).signature };
    expect(() => openCheckpoint(note(logLine, cosignature(w1), moved), trust('quorum two'))).toThrow('wrong');
  });

  test('of another origin are refused though a known key signed them', () => {
    const other = formatCheckpoint({ origin: 'log.example/two', size: 42, root });
    const bytes = formatNote({ text: other, signatures: [{ ...logLine, signature: log.sign(utf8Encode(other)) }] });
    expect(() => openCheckpoint(bytes, trust('quorum none'))).toThrow('under its origin');
  });
});

describe('policies', () => {
  const good = policyText('quorum two');
  const [vkey1, vkey2] = witnesses.map(({ key }) => formatVkey(key));

  test('are read with comments, tabs, urls, and without a newline at the end', () => {
    const policy = parsePolicy(utf8Encode(good.trimEnd()), sha256);
    expect(policy.logs).toEqual([{ key: log.key, url: 'https://log.example/' }]);
    expect(policy.witnesses.map(({ key }) => key)).toEqual(witnesses.map(({ key }) => key));
    expect(policy.quorum).toEqual({ kind: 'group', least: 2, members: witnesses.map(({ key }) => ({ kind: 'witness', key })) });
  });

  test.each([
    ['no quorum', good.replace(/quorum.*/, '')],
    ['two quorums', `${good}quorum none\n`],
    ['a quorum that comes before its name', `quorum w1\nwitness w1 ${vkey1}\n`],
    ['an unknown quorum', good.replace('quorum two', 'quorum three')],
    ['an unknown keyword', `${good}mirror x\n`],
    ['a name taken twice', good.replace(' w2 ', ' w1 ')],
    ['the name none', `witness none ${vkey1}\nquorum none\n`],
    ['a member none', `witness a ${vkey1}\ngroup g any none\nquorum g\n`],
    ['one key under two names', `witness a ${vkey1}\nwitness b ${vkey1}\nquorum a\n`],
    ['one log twice', `log ${formatVkey(log.key)}\nlog ${formatVkey(log.key)}\nquorum none\n`],
    ['a witness key as log', `log ${vkey1}\nquorum none\n`],
    ['a log key as witness', `witness a ${formatVkey(log.key)}\nquorum a\n`],
    ['a member twice in one group', `witness a ${vkey1}\ngroup g all a a\nquorum g\n`],
    ['a member in two groups', `witness a ${vkey1}\nwitness b ${vkey2}\ngroup g all a\ngroup h all a b\nquorum h\n`],
    ['a group of nobody', `witness a ${vkey1}\ngroup g all\nquorum g\n`],
    ['a threshold of zero', good.replace('two 2', 'two 0')],
    ['a threshold beyond its members', good.replace('two 2', 'two 4')],
    ['a threshold with a zero before', good.replace('two 2', 'two 02')],
    ['a carriage return', good.replace('\n', '\r\n')],
    ['a non-breaking space', good.replace('quorum two', 'quorum\u00a0two')],
    ['too many words', good.replace('quorum two', 'quorum two three')],
    ['a null', `${good}\0`],
    ['nothing', ''],
  ])('are refused with %s', (_, given) => {
    expect(() => parsePolicy(utf8Encode(given), sha256)).toThrow(formatFault);
  });

  test('whatever bytes come, they are read or refused', () => {
    const word = fc.constantFrom(
      'log',
      'witness',
      'group',
      'quorum',
      'none',
      'a',
      'b',
      'all',
      'any',
      '1',
      '\n',
      ' ',
      '\t',
      '#',
      vkey1 ?? '',
      vkey2 ?? '',
      '\u00e9',
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 30 }), (words) => {
        try {
          expect(parsePolicy(utf8Encode(words.join(' ')), sha256).quorum).toBeDefined();
        } catch (thrown) {
          expect(thrown).toEqual(formatFault);
        }
      }),
      { numRuns: 3_000 },
    );
  });
});

describe('proof files', () => {
  const file = { index: 7, proof: [root, sha256(root)], checkpoint: note(logLine), extra: null };

  test('go there and back, with and without extra data and hashes', () => {
    for (const each of [
      file,
      { ...file, proof: [] },
      { ...file, extra: Uint8Array.of(1, 2, 3) },
      { ...file, extra: new Uint8Array(0) },
    ]) {
      expect(parseProofFile(formatProofFile(each))).toEqual(each);
    }
  });

  const good = Buffer.from(formatProofFile(file)).toString('utf8');
  test.each([
    ['another header', good.replace('@v1', '@v2')],
    ['no index', good.replace(/index.*\n/, '')],
    ['an index with a zero before', good.replace('index 7', 'index 07')],
    ['extra data behind the index', good.replace('index 7', 'index 7\nextra AAAA')],
    ['a short hash', good.replace('index 7\n', 'index 7\nAAAA\n')],
    ['no checkpoint', good.slice(0, good.indexOf('\n\n'))],
    ['too many hashes', good.replace('index 7\n', `index 7\n${`${base64Encode(root)}\n`.repeat(64)}`)],
  ])('are refused with %s', (_, given) => {
    expect(() => parseProofFile(Buffer.from(given, 'utf8'))).toThrow(formatFault);
  });
});

test('whatever bytes come, every parser reads what it would print, or refuses', () => {
  const seeds = [
    note(logLine),
    utf8Encode(policyText('quorum two')),
    formatProofFile({ index: 1, proof: [root], checkpoint: note(logLine), extra: null }),
  ];
  const parsers: readonly ((bytes: Uint8Array) => Uint8Array | null)[] = [
    (bytes) => formatNote(parseNote(bytes)),
    (bytes) => formatProofFile(parseProofFile(bytes)),
    (bytes) => (parsePolicy(bytes, sha256) === null ? bytes : null),
    (bytes) => encodeBundle(decodeBundle(bytes, 1)),
  ];
  const changed = fc
    .tuple(fc.constantFrom(...seeds), fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 }), fc.nat())
    .map(([seed, edits, cut]) => {
      const bytes = seed.slice(0, cut % 3 === 0 ? cut % seed.length : seed.length);
      for (const [at, value] of edits) if (bytes.length > 0) bytes[at % bytes.length] = value;
      return bytes;
    });
  fc.assert(
    fc.property(fc.oneof(changed, fc.uint8Array({ maxLength: 60 })), (bytes) => {
      for (const parse of parsers) {
        try {
          const again = parse(bytes);
          if (again !== null) expect(Buffer.compare(again, bytes)).toBe(0);
        } catch (thrown) {
          expect(thrown).toEqual(formatFault);
        }
      }
    }),
    { numRuns: 3_000 },
  );
});
