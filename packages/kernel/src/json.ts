/** JSON as the kernel handles it. Records are read-only everywhere: a decision's inputs never change after they were recorded. */
export type Json = null | boolean | number | string | readonly Json[] | JsonRecord;
export interface JsonRecord {
  readonly [member: string]: Json;
}

export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
