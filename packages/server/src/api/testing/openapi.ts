/** Checks answers against the OpenAPI document, so that the document cannot lie. For tests only. */
import { z } from 'zod';

type Node = { readonly [member: string]: unknown };

interface Seen {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly type: string;
  readonly json: unknown;
}

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The schema with every reference replaced by what it names. */
function inlined(document: Node, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => inlined(document, item));
  if (!isNode(value)) return value;
  if (typeof value['$ref'] === 'string') {
    const parts = value['$ref'].replace('#/', '').split('/');
    return inlined(
      document,
      parts.reduce<unknown>((node, part) => (isNode(node) ? node[part] : undefined), document),
    );
  }
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, inlined(document, inner)]));
}

function operationOf(document: Node, method: string, path: string): Node | undefined {
  const plain = path.replace(/\?.*/, '').split('/');
  const paths = document['paths'] as Node;
  const fits = (template: string) => {
    const parts = template.split('/');
    return (
      parts.length === plain.length && parts.every((part, at) => part === plain[at] || (part.startsWith('{') && plain[at] !== ''))
    );
  };
  // A literal path wins over one with parameters.
  const [best] = Object.keys(paths)
    .filter(fits)
    .sort((a, b) => a.split('{').length - b.split('{').length);
  return best === undefined ? undefined : ((paths[best] as Node)[method.toLowerCase()] as Node | undefined);
}

const compiled = new WeakMap<object, z.ZodType>();

function schemaOf(document: Node, media: Node): z.ZodType {
  const known = compiled.get(media);
  if (known !== undefined) return known;
  const schema = z.fromJSONSchema(inlined(document, media['schema']) as Parameters<typeof z.fromJSONSchema>[0]);
  compiled.set(media, schema);
  return schema;
}

/** @throws Error when the document has the operation, but not this answer */
export function checkAgainst(document: object, { method, path, status, type, json }: Seen): void {
  const root = document as Node;
  const operation = operationOf(root, method, path);
  if (operation === undefined) return;
  const responses = operation['responses'] as Node;
  const declared = (responses[String(status)] ?? responses['default']) as Node | undefined;
  if (declared === undefined) throw new Error(`${method} ${path}: status ${status} is not in the document`);
  const content = declared['content'] as Node | undefined;
  if (content === undefined) return;
  const media = content[type.replace(/;.*/, '')];
  if (!isNode(media)) throw new Error(`${method} ${path}: ${status} with \`${type}\` is not in the document`);
  if (!/json$/.test(type.replace(/;.*/, '')) || /ndjson/.test(type)) return;
  const checked = schemaOf(root, media).safeParse(json);
  if (!checked.success) throw new Error(`${method} ${path}: ${status} does not fit the document: ${checked.error.message}`);
}
