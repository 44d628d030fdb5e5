/** Names of arguments: each once, whatever the operation calls them in its path, query, headers and body. */
import type { Json, JsonRecord } from '@countersign/kernel/json';

export class Arguments {
  readonly #schemas = new Map<string, JsonRecord>();
  readonly #required: string[] = [];

  /** @returns the name of the argument: the one wanted, with its place before it only where another has that name */
  add(wanted: string, place: string, schema: JsonRecord, required: boolean): string {
    let name = wanted;
    while (this.#schemas.has(name)) name = `${place}_${name}`;
    this.#schemas.set(name, schema);
    if (required) this.#required.push(name);
    return name;
  }

  schema(): JsonRecord {
    const properties: Record<string, Json> = {};
    for (const [name, schema] of this.#schemas) Object.defineProperty(properties, name, { value: schema, enumerable: true });
    const required = this.#required.length === 0 ? {} : { required: this.#required };
    return { type: 'object', properties, ...required, additionalProperties: false };
  }
}
