/** Resolves a webhook's secret when a message is sent: it may change without a restart, and it is never kept in the bundle or the log. */
import { readFile } from 'node:fs/promises';
import { Fault } from '@countersign/kernel/fault';

export type ReadSecret = (reference: string) => Promise<string>;

const missing = (reference: string) =>
  new Fault('config.invalid', 'A webhook secret cannot be read.', { internal: `webhook secret ${reference} cannot be read` });

/** @throws Fault config.invalid; the reference is in the internal text, the secret nowhere */
export const secretReader =
  (environment: Readonly<Record<string, string | undefined>>): ReadSecret =>
  async (reference) => {
    if (reference.startsWith('env:')) {
      const value = environment[reference.slice(4)];
      if (value === undefined || value === '') throw missing(reference);
      return value;
    }
    if (!reference.startsWith('file:')) throw missing(reference);
    try {
      return (await readFile(reference.slice(5), 'utf8')).trim();
    } catch {
      throw missing(reference);
    }
  };
