/** How column values arrive: `bigint` as a number that is exact, or as an error. Everything else as `pg` does it. */
import pg from 'pg';

const INT8 = 20;

/** @throws RangeError above 2^53 - 1, where a number would be silently wrong */
export function parseBigint(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`the bigint ${text} is beyond 2^53 - 1`);
  return value;
}

type Parsers = NonNullable<pg.ClientConfig['types']>;

export const columnTypes: Parsers = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') => {
    if (oid === INT8 && format !== 'binary') return parseBigint;
    return pg.types.getTypeParser(oid, format as 'text');
  }) as Parsers['getTypeParser'],
};
