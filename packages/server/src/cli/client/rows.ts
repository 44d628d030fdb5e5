import { isRecord, type Json, type JsonRecord } from '@countersign/kernel/json';

export const rowsIn = (value: Json | undefined): readonly JsonRecord[] =>
  Array.isArray(value) ? (value as readonly Json[]).filter(isRecord) : [];
