// Changes an exported ledger in one place, verifies it, and counts the changes that nobody noticed. Also verifies honest ledgers,
// and counts false alarms. Run as a program after `npm run build`: node bench/mutations.mjs [count] [seed]
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const ORIGIN = 'sample.example/log';

/** Small, fast and repeatable: the same seed makes the same changes. */
export function randomOf(seed) {
  let state = seed >>> 0 || 1;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (n) => Math.floor(next() * n);
  return { below, pick: (list) => list[below(list.length)], chance: (p) => next() < p };
}

async function loadBuilt() {
  const built = new URL('../packages/server/dist/verify/', import.meta.url);
  return { ...(await import(new URL('index.js', built).href)), ...(await import(new URL('sample/index.js', built).href)) };
}

async function listFiles(dir, below = '') {
  const found = [];
  for (const entry of await readdir(join(dir, below), { withFileTypes: true })) {
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) found.push(...(await listFiles(dir, path)));
    else found.push(path);
  }
  return found.sort((a, b) => (a < b ? -1 : 1));
}

// Bundles are read and written here by hand: a mutation must not depend on the code that it tests.
function bodiesOf(bundle) {
  const bodies = [];
  for (let at = 0; at < bundle.length; ) {
    const length = bundle.readUInt16BE(at);
    bodies.push(bundle.subarray(at + 2, at + 2 + length));
    at += 2 + length;
  }
  return bodies;
}

const bundleOf = (bodies) =>
  Buffer.concat(
    bodies.flatMap((body) => {
      const length = Buffer.alloc(2);
      length.writeUInt16BE(body.length);
      return [length, body];
    }),
  );

const flipBit = (bytes, random) => {
  const changed = Buffer.from(bytes);
  const at = random.below(changed.length);
  changed[at] ^= 1 << random.below(8);
  return changed;
};

const splice = (bytes, other, random) => {
  const from = random.below(other.length);
  const piece = other.subarray(from, from + 1 + random.below(Math.min(64, other.length - from)));
  const at = random.below(bytes.length + 1);
  const gone = random.chance(0.5) ? piece.length : 0;
  return Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at + gone)]);
};

/** The same JSON in other bytes. */
function reencode(body, random) {
  const text = body.toString('utf8');
  const value = JSON.parse(text);
  const forms = [
    () => JSON.stringify(Object.fromEntries(Object.entries(value).reverse())),
    () => JSON.stringify(value, null, 1),
    () => ` ${text}`,
    () => `${text}\n`,
    () => `\ufeff${text}`,
    () => text.replace(/"v":1/, '"v":1.0'),
    () => text.replace(/"v":1/, '"v":1e0'),
    () => text.replace(/"org":"o/, '"org":"\\u006f'),
    () => text.replace(/^\{/, '{"v":1,'),
  ];
  return Buffer.from(random.pick(forms)());
}

/** A valid entry in canonical form that says something else. */
function reword(body, random) {
  const text = body.toString('utf8');
  const forms = [
    () => text.replace(/"org":"org_/, '"org":"orx_'),
    () => text.replace(/"nodeSeq":(\d+)/, (_, n) => `"nodeSeq":${Number(n) + 1}`),
    () => text.replace(/"ts":"2/, '"ts":"3'),
    () => text.replace(/"microUsd":(\d+)/, (_, n) => `"microUsd":${Number(n) + 1}`),
    () => text.replace('"answer":"deny"', '"answer":"allow"'),
    () => text.replace('"status":"done"', '"status":"failed"'),
    () => text.replace(/"nodePrev":"(.)/, (_, c) => `"nodePrev":"${c === '0' ? '1' : '0'}`),
  ];
  return Buffer.from(random.pick(forms)());
}

function changeBundle(bundle, random, kind) {
  const bodies = bodiesOf(bundle);
  const at = random.below(bodies.length);
  const other = random.below(bodies.length);
  if (kind === 'drop') bodies.splice(at, 1);
  else if (kind === 'repeat') bodies.splice(at, 0, bodies[at]);
  else if (kind === 'swap') [bodies[at], bodies[other]] = [bodies[other], bodies[at]];
  else if (kind === 'overwrite') bodies[at] = bodies[other];
  else if (kind === 'reencode') bodies[at] = reencode(bodies[at], random);
  else if (kind === 'reword') bodies[at] = reword(bodies[at], random);
  else bodies[at] = Buffer.alloc(0);
  return bundleOf(bodies);
}

function swapHashes(tile, random) {
  const hashes = Math.floor(tile.length / 32);
  const changed = Buffer.from(tile);
  const [a, b] = [random.below(hashes), random.below(hashes)];
  tile.copy(changed, a * 32, b * 32, b * 32 + 32);
  tile.copy(changed, b * 32, a * 32, a * 32 + 32);
  return changed;
}

/** One signer's bytes under another's name. */
const relabel = (line, other) => `${line.slice(0, line.lastIndexOf(' '))}${other.slice(other.lastIndexOf(' '))}`;

/** Another time in a cosignature (or a changed signature, where there is no time). */
function later(line, random) {
  const at = line.lastIndexOf(' ') + 1;
  const bytes = Buffer.from(line.slice(at), 'base64');
  bytes[4 + random.below(8)] ^= 1 << random.below(8);
  return line.slice(0, at) + bytes.toString('base64');
}

/** Lines of the checkpoint's note, changed without any key. */
function changeNote(note, random) {
  const text = note.toString('utf8');
  const lines = text.split('\n');
  const signature = lines.findIndex((line) => line.startsWith('\u2014'));
  const forms = [
    () => lines.toSpliced(signature, 1),
    () => lines.toSpliced(signature, 0, lines[signature]),
    () => lines.toSpliced(lines.length - 1, 0, `\u2014 other.example/key ${Buffer.alloc(68, 7).toString('base64')}`),
    () => lines.with(1, String(Number(lines[1]) + (random.chance(0.5) ? 1 : -1))),
    () => lines.with(1, `0${lines[1]}`),
    () => lines.with(0, `${lines[0]}x`),
    () => lines.toSpliced(3, 0, 'extension'),
    () => lines.with(2, Buffer.alloc(32, 9).toString('base64')),
    () => lines.with(signature, lines[signature].replace(/.$/, '')),
    () => lines.with(signature, `${lines[signature]} `),
    () => lines.toSpliced(-2, 1),
    () => lines.toSpliced(-2, 0, lines.at(-2)),
    () => lines.with(-2, relabel(lines.at(-2), lines[signature])),
    () => lines.with(-2, later(lines.at(-2), random)),
  ];
  return Buffer.from(random.pick(forms)().join('\n'));
}

const oneFile = (suits, change) => async (subject, random) => {
  const paths = subject.paths.filter(suits);
  if (paths.length === 0) return null;
  const path = random.pick(paths);
  const before = await readFile(join(subject.dir, path));
  const after = await change(before, random, subject, path);
  if (after === null || Buffer.compare(before, after) === 0) return null;
  await writeFile(join(subject.dir, path), after);
  return { what: path, undo: () => writeFile(join(subject.dir, path), before) };
};

const any = () => true;
const isBundle = (path) => path.startsWith('tile/entries/');
const isTile = (path) => path.startsWith('tile/') && !isBundle(path);
const isPayload = (path) => path.startsWith('payloads/');
const isNote = (path) => path === 'checkpoint' || path === 'since';
const ofBundle = (kind) => oneFile(isBundle, (bytes, random) => changeBundle(bytes, random, kind));

async function dropFile({ dir, paths }, random) {
  const path = random.pick(paths);
  const before = await readFile(join(dir, path));
  await rm(join(dir, path));
  return { what: path, undo: () => writeFile(join(dir, path), before) };
}

async function addFile({ dir, paths }, random) {
  const source = random.pick(paths);
  const name = random.pick([
    `${source}x`,
    'note.txt',
    'tile/0/x000/000',
    'tile/1/255',
    'payloads/x',
    `payloads/${'0'.repeat(64)}`,
    'tile/entries/900',
  ]);
  if (paths.includes(name)) return null;
  const top = name.split('/').slice(0, -1);
  const made = await mkdir(join(dir, ...top), { recursive: true });
  await cp(join(dir, source), join(dir, name));
  return {
    what: name,
    undo: async () => {
      await rm(join(dir, name));
      if (made !== undefined) await rm(made, { recursive: true });
    },
  };
}

async function addFolder({ dir }, random) {
  const path = join(dir, random.pick(['empty', 'tile/7', 'tile/entries/x001']));
  await mkdir(path);
  return { what: path.slice(dir.length + 1), undo: () => rm(path, { recursive: true }) };
}

async function linkFile({ dir, paths }, random) {
  const path = join(dir, random.pick(paths));
  await rename(path, `${dir}.aside`);
  await symlink(`${dir}.aside`, path);
  return {
    what: path.slice(dir.length + 1),
    undo: async () => {
      await rm(path);
      await rename(`${dir}.aside`, path);
    },
  };
}

async function swapFiles({ dir, paths }, random) {
  const kind = random.pick([isBundle, isTile, isPayload, any]);
  const [a, b] = [random.pick(paths.filter(kind)), random.pick(paths.filter(kind))];
  if (a === undefined || b === undefined) return null;
  const [bytesA, bytesB] = [await readFile(join(dir, a)), await readFile(join(dir, b))];
  if (Buffer.compare(bytesA, bytesB) === 0) return null;
  await writeFile(join(dir, a), bytesB);
  await writeFile(join(dir, b), bytesA);
  return {
    what: `${a} and ${b}`,
    undo: async () => {
      await writeFile(join(dir, a), bytesA);
      await writeFile(join(dir, b), bytesB);
    },
  };
}

/** A whole history changed and signed again with the log's own key, while the verifier kept an older checkpoint. */
async function fork({ ledger, shape, checkpoint, root }, random, code) {
  if (ledger === undefined) return null;
  const entries = [...ledger.entries];
  const at = random.below(entries.length - 1);
  const kind = random.pick(['drop', 'swap', 'repeat', 'reword', 'rollback']);
  if (kind === 'drop') entries.splice(at, 1);
  else if (kind === 'swap') [entries[at], entries[at + 1]] = [entries[at + 1], entries[at]];
  else if (kind === 'repeat') entries.splice(at, 0, entries[at]);
  else if (kind === 'rollback') entries.splice(at + 1);
  else {
    const bytes = reword(Buffer.from(entries[at].bytes), random);
    if (Buffer.compare(bytes, entries[at].bytes) === 0) return null;
    entries[at] = { bytes, leaf: code.sha256(Buffer.concat([Buffer.of(0), bytes])) };
  }
  const dir = join(root, 'fork');
  const { staleSize: _, from: __, ...plain } = shape;
  await code.writeFiles(dir, code.exportFiles({ ...ledger, entries }, plain));
  return { what: `${kind} at ${at}`, dir, since: checkpoint, undo: () => rm(dir, { recursive: true }) };
}

const KINDS = {
  'flip a bit': [6, oneFile(any, flipBit)],
  'flip a bit of a bundle': [4, oneFile(isBundle, flipBit)],
  'flip a bit of a tile': [3, oneFile(isTile, flipBit)],
  'flip a bit of a payload': [2, oneFile(isPayload, flipBit)],
  'flip a bit of a checkpoint': [3, oneFile(isNote, flipBit)],
  'truncate a file': [3, oneFile(any, (bytes, random) => bytes.subarray(0, random.below(bytes.length)))],
  'lengthen a file': [
    2,
    oneFile(any, (bytes, random) => Buffer.concat([bytes, Buffer.alloc(1 + random.below(40), random.below(256))])),
  ],
  'splice a file': [
    3,
    oneFile(any, async (bytes, random, { dir, paths }) => splice(bytes, await readFile(join(dir, random.pick(paths))), random)),
  ],
  'drop a file': [3, dropFile],
  'add a file': [2, addFile],
  'add a folder': [1, addFolder],
  'replace a file by a link': [1, linkFile],
  'swap two files': [3, swapFiles],
  'drop an entry': [2, ofBundle('drop')],
  'repeat an entry': [2, ofBundle('repeat')],
  'swap two entries': [2, ofBundle('swap')],
  'overwrite an entry by another': [2, ofBundle('overwrite')],
  'empty an entry': [1, ofBundle('empty')],
  'write an entry in other JSON': [3, ofBundle('reencode')],
  'reword an entry': [3, ofBundle('reword')],
  'swap two hashes of a tile': [2, oneFile(isTile, swapHashes)],
  'change a checkpoint line': [3, oneFile(isNote, changeNote)],
  'put an older file in place': [
    2,
    oneFile(
      (path) => path === 'checkpoint',
      async (_, __, { dir, paths }) => (paths.includes('since') ? readFile(join(dir, 'since')) : null),
    ),
  ],
  'fork with the log key': [3, fork],
};

const WHEEL = Object.entries(KINDS).flatMap(([kind, [weight]]) => Array.from({ length: weight }, () => kind));

/** Shapes of the sample ledgers: tiny, over one tile, over two, rotating keys, pruned. */
const SHAPES = [
  { acts: 12, payloadBytes: 40, staleAt: 0.5 },
  { acts: 60, payloadBytes: 0, keys: 2, witnesses: 3 },
  { acts: 125, payloadBytes: 10, staleAt: 0.6, witnesses: 2 },
  { acts: 260, payloadBytes: 0, staleAt: 0.9, prunedBelow: 256, keys: 2 },
];

async function makeSample(shape, seed, dir, code) {
  const ledger = code.sampleLedger({ ...shape, seed });
  const keys = Array.from({ length: shape.keys ?? 1 }, () => code.newLogKey(ORIGIN));
  const staleSize = shape.staleAt === undefined ? {} : { staleSize: Math.floor(ledger.entries.length * shape.staleAt) };
  const witnesses = Array.from({ length: shape.witnesses ?? 0 }, (_, i) => code.newWitnessKey(`witness${i}.example`));
  const exported = { keys, witnesses, ...staleSize, ...(shape.prunedBelow === undefined ? {} : { from: shape.prunedBelow }) };
  const files = code.exportFiles(ledger, exported);
  await code.writeFiles(dir, files);
  const lines = [...keys.map(({ vkey }) => `log ${vkey}`), ...witnesses.map(({ vkey }, i) => `witness w${i} ${vkey}`)];
  const quorum =
    witnesses.length === 0
      ? 'quorum none'
      : `group most ${witnesses.length - 1} ${witnesses.map((_, i) => `w${i}`).join(' ')}\nquorum most`;
  const policy = `${lines.join('\n')}\n${quorum}\n`;
  return { dir, ledger, shape: exported, checkpoint: files.get('checkpoint'), trust: { policy } };
}

async function makeSubjects({ exports, seed }, root, code) {
  const subjects = [];
  if (exports === undefined) {
    for (const [i, shape] of SHAPES.entries()) subjects.push(await makeSample(shape, seed + i, join(root, `ledger-${i}`), code));
  } else {
    for (const [i, { dir, ...trust }] of exports.entries()) {
      const copy = join(root, `ledger-${i}`);
      await cp(dir, copy, { recursive: true });
      subjects.push({ dir: copy, trust });
    }
  }
  for (const subject of subjects) Object.assign(subject, { root, paths: await listFiles(subject.dir) });
  return subjects;
}

async function mutateOnce(subject, random, code) {
  for (;;) {
    const kind = random.pick(WHEEL);
    const change = await KINDS[kind][1](subject, random, code);
    if (change === null) continue;
    const since = change.since === undefined ? {} : { since: change.since };
    const report = await code.verifyExport(change.dir ?? subject.dir, { ...subject.trust, ...since });
    await change.undo();
    return { kind, what: change.what, noticed: !report.ok };
  }
}

async function countFalseAlarms(honest, seed, root, code) {
  const alarms = [];
  for (let i = 0; i < honest; i++) {
    const random = randomOf(seed * 7_919 + i);
    const pruned = random.chance(0.2);
    const shape = {
      acts: pruned ? 130 + random.below(60) : 1 + random.below(140),
      payloadBytes: random.chance(0.3) ? random.below(60) : 0,
      keys: 1 + random.below(2),
      witnesses: random.chance(0.3) ? 2 + random.below(2) : 0,
      ...(random.chance(0.5) ? { staleAt: 0.2 + random.below(8) / 10 } : {}),
      ...(pruned ? { prunedBelow: 256 } : {}),
    };
    const dir = join(root, 'honest');
    const sample = await makeSample(shape, seed + i, dir, code);
    const report = await code.verifyExport(dir, { ...sample.trust, since: sample.checkpoint });
    if (!report.ok) alarms.push({ shape, report: code.printReport(report) });
    await rm(dir, { recursive: true });
  }
  return alarms;
}

/**
 * `count` single changes and `honest` untouched ledgers. `exports`: own exports `{dir, vkey | policy}` instead of sample ledgers; they are
 * copied first. `code`: the verifier and sample functions, from the build by default.
 */
export async function runMutations({ count = 10_000, seed = 1, honest = Math.ceil(count / 10), exports, code } = {}) {
  const used = code ?? (await loadBuilt());
  const root = await mkdtemp(join(tmpdir(), 'countersign-mutations-'));
  const began = performance.now();
  try {
    const subjects = await makeSubjects({ exports, seed }, root, used);
    const random = randomOf(seed);
    const byKind = {};
    const missed = [];
    for (let i = 0; i < count; i++) {
      const { kind, what, noticed } = await mutateOnce(random.pick(subjects), random, used);
      byKind[kind] = (byKind[kind] ?? 0) + 1;
      if (!noticed) missed.push({ kind, what });
    }
    const broken = [];
    for (const { dir, trust } of subjects) {
      const report = await used.verifyExport(dir, trust);
      if (!report.ok) broken.push({ dir, report: used.printReport(report) });
    }
    const alarms = [...broken, ...(await countFalseAlarms(honest, seed, root, used))];
    return {
      count,
      missed,
      byKind,
      honest: honest + subjects.length,
      falseAlarms: alarms,
      seconds: (performance.now() - began) / 1_000,
    };
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [count, seed] = process.argv.slice(2).map(Number);
  const { missed, falseAlarms, ...rest } = await runMutations({ count: count || 10_000, seed: seed || 1 });
  for (const { kind, what } of missed) console.error(`missed: ${kind}, ${what}`);
  for (const { report } of falseAlarms) console.error(`false alarm:\n${report}`);
  console.log(JSON.stringify({ mutationsMissed: missed.length, falseAlarms: falseAlarms.length, ...rest }));
  process.exitCode = missed.length + falseAlarms.length === 0 ? 0 : 1;
}
