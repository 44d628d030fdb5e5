/**
 * YAML as configuration: one document of plain maps, lists and scalars. Anchors, aliases, tags, directives, merge keys and duplicate keys are
 * refused, so that what a reviewer reads is what is built, and no small file can grow large.
 */
import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isPair,
  isScalar,
  LineCounter,
  type Node,
  type ParsedNode,
  parseDocument,
  visit,
} from 'yaml';
import { type Findings, type Place, wholeFile } from '../finding.ts';
import { YAML_BYTES_MAX } from './files.ts';

export interface YamlFile {
  readonly file: string;
  readonly value: unknown;
  /** True where there is nothing but space and comments. */
  readonly isEmpty: boolean;
  /** Where the value at a path stands; the nearest existing parent when there is none. */
  at(path: readonly PropertyKey[]): Place;
  /** Where a key stands in the map at a path. */
  key(path: readonly PropertyKey[], name: string): Place;
}

const RESERVED = new Set(['__proto__', 'constructor', 'prototype']);

/** Undefined when the file is refused; all reasons are in `findings`. */
export function readYaml(file: string, text: string, findings: Findings): YamlFile | undefined {
  const before = findings.sorted().length;
  if (Buffer.byteLength(text) > YAML_BYTES_MAX) {
    findings.error(wholeFile(file), { code: 'yaml.too-large', message: `The file is larger than ${YAML_BYTES_MAX} bytes.` });
    return undefined;
  }
  if (/^\uFEFF?%/m.test(text)) {
    findings.error(wholeFile(file), {
      code: 'yaml.directive',
      message: 'YAML directives (lines that begin with %) are not accepted.',
    });
    return undefined;
  }
  const lines = new LineCounter();
  const place = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(1, line), column: Math.max(1, col) };
  };
  const document = parse(text, lines);
  if (document === undefined) {
    findings.error(wholeFile(file), { code: 'yaml.too-deep', message: 'The file is nested too deeply.' });
    return undefined;
  }
  for (const { code, message, pos } of [...document.errors, ...document.warnings]) {
    findings.error(place(pos[0]), KNOWN_PROBLEMS[code] ?? { code: 'yaml.syntax', message: sentence(message) });
  }
  refuseCleverness(document, place, findings);
  if (findings.sorted().length > before) return undefined;
  return {
    file,
    value: document.toJS({ maxAliasCount: 0 }) as unknown,
    isEmpty: document.contents === null,
    at: (path) => place(startOf(nearest(document, path))),
    key: (path, name) => place(keyStart(nearest(document, path), name)),
  };
}

function parse(text: string, lineCounter: LineCounter): Document.Parsed | undefined {
  try {
    return parseDocument(text, {
      version: '1.2',
      schema: 'core',
      uniqueKeys: true,
      strict: true,
      merge: false,
      stringKeys: true,
      prettyErrors: false,
      // Not `silent`: that would drop the complaint about a second document, and with it the document.
      logLevel: 'error',
      lineCounter,
    });
  } catch (thrown) {
    if (thrown instanceof RangeError) return undefined;
    throw thrown;
  }
}

/** What the parser says in words of its own. */
const KNOWN_PROBLEMS: Readonly<Record<string, { readonly code: string; readonly message: string }>> = {
  DUPLICATE_KEY: { code: 'yaml.duplicate-key', message: 'This key is there twice.' },
  MULTIPLE_DOCS: { code: 'yaml.documents', message: 'A second document begins here; a file is one document.' },
  RESOURCE_EXHAUSTION: { code: 'yaml.too-deep', message: 'The file is nested too deeply.' },
};

const sentence = (message: string): string => (/[.!?]$/.test(message) ? message : `${message}.`);

function refuseCleverness(document: Document.Parsed, place: (offset: number) => Place, findings: Findings): void {
  const refuse = (node: Node, code: string, message: string): void =>
    findings.error(place(node.range?.[0] ?? 0), { code, message });
  visit(document, (_, node) => {
    if (isAlias(node)) refuse(node, 'yaml.alias', 'Anchors and aliases are not accepted; write the value out.');
    else if (isScalar(node) || isCollection(node)) {
      if (node.anchor !== undefined) refuse(node, 'yaml.alias', 'Anchors and aliases are not accepted; write the value out.');
      // The parser sets `tag` only where the author wrote one.
      if (node.tag !== undefined) refuse(node, 'yaml.tag', 'Tags (such as `!!binary`) are not accepted.');
    } else if (isPair(node) && isScalar(node.key) && RESERVED.has(String(node.key.value))) {
      refuse(node.key, 'yaml.reserved-key', `\`${String(node.key.value)}\` can't be a key.`);
    }
  });
}

function nearest(document: Document.Parsed, path: readonly PropertyKey[]): Node | null {
  for (let length = path.length; length > 0; length -= 1) {
    const found: unknown = document.getIn(path.slice(0, length), true);
    if (isScalar(found) || isCollection(found)) return found as Node;
  }
  return document.contents as ParsedNode | null;
}

const startOf = (node: Node | null): number => node?.range?.[0] ?? 0;

function keyStart(node: Node | null, name: string): number {
  if (!isMap(node)) return startOf(node);
  const pair = node.items.find(({ key }) => isScalar(key) && key.value === name);
  return isScalar(pair?.key) ? startOf(pair.key) : startOf(node);
}
