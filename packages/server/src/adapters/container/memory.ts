/** What the kernel counted of a container's memory. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface MemorySeen {
  readonly peakBytes?: number;
  /** Processes that were killed because there was no more. */
  readonly kills: number;
}

/** @param folder of the controller; undefined sees nothing */
export function memorySeen(folder: string | undefined): MemorySeen {
  if (folder === undefined) return { kills: 0 };
  const peak = numberIn(folder, 'memory.peak') ?? numberIn(folder, 'memory.max_usage_in_bytes');
  const kills = fieldIn(folder, 'memory.events', 'oom_kill') ?? fieldIn(folder, 'memory.oom_control', 'oom_kill') ?? 0;
  return peak === undefined ? { kills } : { peakBytes: peak, kills };
}

function textOf(folder: string, file: string): string | undefined {
  try {
    return readFileSync(join(folder, file), 'utf8');
  } catch {
    return undefined;
  }
}

function numberIn(folder: string, file: string): number | undefined {
  const text = textOf(folder, file)?.trim();
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

function fieldIn(folder: string, file: string, field: string): number | undefined {
  const value = new RegExp(`^${field} (\\d+)$`, 'm').exec(textOf(folder, file) ?? '')?.[1];
  return value === undefined ? undefined : Number(value);
}
