/** Every text in a definition, wherever it hides: values, names of properties, values of enums, defaults. A model reads them all. */
import { isRecord, type Json } from '../json.ts';

export interface DefinitionText {
  /** JSON pointer of the value, or of the member whose name it is. */
  readonly path: string;
  readonly text: string;
}

/** In the order of the document. A definition has at most 64 levels, so recursion ends. */
export function textsOf(value: Json, path = ''): DefinitionText[] {
  if (typeof value === 'string') return [{ path, text: value }];
  if (Array.isArray(value)) return (value as readonly Json[]).flatMap((each, index) => textsOf(each, `${path}/${index}`));
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([key, member]) => {
    const below = `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    return [{ path: below, text: key }, ...textsOf(member, below)];
  });
}
