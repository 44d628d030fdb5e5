/** From bytes to what policy reads. What is accepted here reads the same in every parser of JSON. */
import { isAscii, isUtf8 } from 'node:buffer';
import type { FaultCode } from '@countersign/kernel/fault';
import { isRecord, type JsonRecord } from '@countersign/kernel/json';
import { DEPTH_MAX, type Scan, type ScanProblem, scanJson } from './scan.ts';

export interface ParsedBody {
  readonly bytes: Buffer;
  readonly scan: Scan;
  readonly json: JsonRecord;
}

export interface BodyProblem {
  readonly code: FaultCode;
  /** Public text. */
  readonly message: string;
  /** No JSON at all, as opposed to JSON that is not accepted. */
  readonly unreadable: boolean;
}

const PROBLEMS: Readonly<Record<ScanProblem, string>> = {
  'not-object': 'The body must be one JSON object.',
  duplicate: 'An object in the body names the same member twice.',
  depth: `The body is nested more than ${DEPTH_MAX} levels deep.`,
  name: 'A member name in the body contains characters that parsers read differently.',
};

const INVALID = { code: 'request.invalid', unreadable: false } as const;

export function parseBody(bytes: Buffer): ParsedBody | BodyProblem {
  if (bytes.length === 0) return { ...INVALID, message: 'The body is empty.', unreadable: true };
  if (!isUtf8(bytes)) return { ...INVALID, message: 'The body is not valid UTF-8.', unreadable: true };
  const latin1 = bytes.toString('latin1');
  const scan = scanJson(latin1);
  if (typeof scan === 'string') return { ...INVALID, message: PROBLEMS[scan] };
  try {
    const json: unknown = JSON.parse(isAscii(bytes) ? latin1 : bytes.toString('utf8'));
    if (isRecord(json)) return { bytes, scan, json };
    return { ...INVALID, message: PROBLEMS['not-object'] };
  } catch {
    return { ...INVALID, message: 'The body is not valid JSON.', unreadable: true };
  }
}

export const isProblem = (value: object): value is BodyProblem => 'code' in value;
