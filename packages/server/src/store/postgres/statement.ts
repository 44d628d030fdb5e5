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

/**
 * True within a transaction of ours and nowhere else. A statement that is sent together with BEGIN asks for it, so that it changes nothing
 * where BEGIN failed and each statement would be a transaction of its own.
 */
export const IN_TX = `current_setting('countersign.tx', true) = 'on'`;
