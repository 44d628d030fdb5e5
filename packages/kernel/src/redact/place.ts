/** Where in a file something stands, and what kind of text a file holds. */
import type { TextPlace } from './detector.ts';

export interface Position {
  /** From 1. Lines end at `\n`, `\r\n` or `\r`. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
}

/** Positions of offsets in one text; lines are found once. */
export function positions(text: string): (offset: number) => Position {
  const starts = [0];
  for (const match of text.matchAll(/\r\n?|\n/g)) starts.push(match.index + match[0].length);
  return (offset) => {
    let [low, high] = [0, starts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
  };
}

/** Files that agents take instructions or tools from. */
const DEFINITION =
  /^(?:agents|claude|gemini|skill|copilot-instructions)\.md$|^\.?mcp\.json$|^\.cursorrules$|\.mdc$|\.prompt(?:\.md)?$/;
const PROSE = /\.(?:md|markdown|mdx|txt|rst|adoc|log|eml|tex|org)$|^(?:readme|changelog|license|notice|authors)$/;
const DATA =
  /\.(?:json|jsonl|ndjson|json5|ya?ml|toml|ini|env|csv|tsv|xml|properties|conf|cfg|cnf|config|lock|pem|key|crt|plist|tfvars|tfstate|sql|har|ovpn)$|^\.(?!.*\.(?:js|cjs|mjs|ts)$)|^(?:_netrc|credentials|id_rsa|id_ed25519)$|\.env\./;

/** What definitions of tools have and other files do not: a schema of the input beside a name and a description. */
const SCHEMA =
  /"(?:inputSchema|input_schema)"\s{0,8}:|"parameters"\s{0,8}:\s{0,8}\{\s{0,80}"type"\s{0,8}:\s{0,8}"object"|^[ \t-]{0,40}inputSchema:/m;
const DESCRIBED = /["']?description["']?\s{0,8}:/;
const NAMED = /["']?name["']?\s{0,8}:/;
/** A document of members, or of lines of them. */
const STRUCTURED = /^\s{0,400}(?:[{[]|---|[A-Za-z-][A-Za-z0-9_ "-]{0,40}:)/;

const definesTools = (text: string): boolean =>
  SCHEMA.test(text) && DESCRIBED.test(text) && NAMED.test(text) && STRUCTURED.test(text);

/**
 * A guess by the file's name, `code` where nothing says otherwise; data that define tools are definitions whatever their name.
 * @param path `-` for a text without a name
 */
export function guessPlace(path: string, text: string): TextPlace {
  const name = path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1).toLowerCase();
  if (DEFINITION.test(name)) return 'definition';
  if (PROSE.test(name)) return 'prose';
  if (name !== '-' && !DATA.test(name)) return 'code';
  return definesTools(text) ? 'definition' : 'data';
}
