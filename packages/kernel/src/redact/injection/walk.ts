/** Every text that a tool's definition shows to a model, with where it stands. */

/** Nesting of a definition that is still read. */
export const DEFINITION_DEPTH_MAX = 32;
/** Texts of one definition that are still read. */
export const DEFINITION_ITEMS_MAX = 4_000;

export interface DefinitionItem {
  /** RFC 6901 pointer into the definition. */
  readonly pointer: string;
  readonly text: string;
  /** The text is the name of the member at `pointer`, not its value. */
  readonly isName: boolean;
}

const step = (pointer: string, key: string): string => `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;

interface Place {
  readonly value: unknown;
  readonly pointer: string;
  readonly depth: number;
}

/** Members of `value`, last first, so that a stack gives them in their order. */
function membersOf(value: object, { pointer, depth }: Place): { key: string; place: Place }[] {
  const entries = Array.isArray(value) ? value.map((item, at) => [String(at), item] as const) : Object.entries(value);
  return entries.map(([key, member]) => ({
    key,
    place: { value: member as unknown, pointer: step(pointer, key), depth: depth + 1 },
  }));
}

/**
 * Calls `visit` for every string and every member name of `definition`: name, title, description, both schemas with their property names,
 * descriptions, enums, defaults, constants and examples, annotations, instructions, and whatever else is there.
 *
 * @returns the pointer at which the caps were reached, or undefined when everything was read
 */
export function walkDefinition(definition: unknown, visit: (item: DefinitionItem) => void): string | undefined {
  const stack: Place[] = [{ value: definition, pointer: '', depth: 0 }];
  let items = 0;
  for (let place = stack.pop(); place !== undefined; place = stack.pop()) {
    const { value, pointer, depth } = place;
    if (typeof value === 'string') {
      items += 1;
      visit({ pointer, text: value, isName: false });
    } else if (typeof value === 'object' && value !== null) {
      if (depth >= DEFINITION_DEPTH_MAX) return pointer;
      const members = membersOf(value, place);
      if (items + stack.length + members.length > DEFINITION_ITEMS_MAX) return pointer;
      if (!Array.isArray(value))
        for (const { key, place: inner } of members) {
          items += 1;
          visit({ pointer: inner.pointer, text: key, isName: true });
        }
      for (const { place: inner } of members.reverse()) stack.push(inner);
    }
    if (items > DEFINITION_ITEMS_MAX) return pointer;
  }
  return undefined;
}
