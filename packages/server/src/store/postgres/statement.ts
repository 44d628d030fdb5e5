/** Named statements. A name belongs to one text for the life of a connection, so it is made from the text. */
import { hash } from 'node:crypto';

export interface Statement {
  readonly name: string;
  readonly text: string;
}

/** A prepared statement for hot paths: parsed and planned once a connection. List columns, never `*`. */
export function statement(text: string): Statement {
  return { name: `cs_${hash('sha256', text, 'hex').slice(0, 40)}`, text };
}
