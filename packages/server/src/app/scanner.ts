/** The one scanner of a process, opened with the installation's own key, and counted. */
import { availableParallelism } from 'node:os';
import type { Finding, StreamRedactor } from '@countersign/kernel/redact';
import { openScanner } from '../adapters/scanner/index.ts';
import type { Counter } from '../api/deps.ts';
import type { Log } from '../ports/log.ts';
import type { Scanner } from '../ports/scanner.ts';
import type { Signer } from '../ports/signer.ts';
import { derivedKey } from './derived-key.ts';

/** Texts are rarely long enough for a worker; more of them than this would only wait for memory. */
const WORKERS_MAX = 4;

/** Workers run compiled code: from the sources of a checkout, that of its build. */
const builtWorker = (): URL =>
  import.meta.url.endsWith('.ts')
    ? new URL('../../dist/adapters/scanner/worker.js', import.meta.url)
    : new URL('../adapters/scanner/worker.js', import.meta.url);

export interface CountedScanner {
  readonly scanner: Scanner;
  counters(): readonly Counter[];
}

export interface ScannerTerms {
  readonly signer: Signer;
  readonly log: Log;
  /** Script of the workers, where it is not the one that was built. */
  readonly worker?: URL;
}

export function openCountedScanner({ signer, log, worker }: ScannerTerms): CountedScanner {
  const scanner = openScanner({
    // Fingerprints and placeholders are the same on all nodes.
    key: derivedKey(signer, 'countersign scanner v1'),
    log,
    workers: Math.max(1, Math.min(WORKERS_MAX, availableParallelism() - 1)),
    script: worker ?? builtWorker(),
  });
  const tally = new ScanCounters();
  const streamed = (stream: StreamRedactor): StreamRedactor => tally.over(stream);
  return {
    counters: () => tally.counters(),
    scanner: {
      digest: scanner.digest,
      scan: async (text, terms) => tally.note(text, await scanner.scan(text, terms)),
      redact: async (text, terms) => tally.note(text, await scanner.redact(text, terms)),
      stream: (profile, restores) => streamed(scanner.stream(profile, restores)),
      jsonStream: (profile, restores) => streamed(scanner.jsonStream(profile, restores)),
      close: () => scanner.close(),
    },
  };
}

class ScanCounters {
  #units = 0;
  #unscannable = 0;
  readonly #findings = new Map<string, number>();

  note<T extends { readonly findings: readonly Finding[]; readonly unscannable?: unknown }>(text: string, result: T): T {
    this.#units += text.length;
    this.#count(result.findings);
    if (result.unscannable !== undefined) this.#unscannable += 1;
    return result;
  }

  over(stream: StreamRedactor): StreamRedactor {
    const units = (text: string): string => {
      this.#units += text.length;
      return text;
    };
    const ended = <T>(rest: T): T => {
      this.#count(stream.findings);
      if (stream.unscannable !== undefined) this.#unscannable += 1;
      return rest;
    };
    return {
      push: (chunk) => stream.push(units(chunk)),
      pushPieces: (chunk) => stream.pushPieces(units(chunk)),
      end: () => ended(stream.end()),
      endPieces: () => ended(stream.endPieces()),
      findings: stream.findings,
      values: stream.values,
      get unscannable() {
        return stream.unscannable;
      },
      get held() {
        return stream.held;
      },
    };
  }

  counters(): readonly Counter[] {
    return [
      {
        name: 'countersign_scanned_characters_total',
        help: 'Characters that were looked at, remembered ones included.',
        type: 'counter',
        samples: [{ labels: {}, value: this.#units }],
      },
      {
        name: 'countersign_findings_total',
        help: 'What the scanner found, by kind; the same text is counted each time.',
        type: 'counter',
        samples: [...this.#findings].map(([kind, value]) => ({ labels: { kind }, value })),
      },
      {
        name: 'countersign_unscannable_total',
        help: 'Texts that could not be judged whole.',
        type: 'counter',
        samples: [{ labels: {}, value: this.#unscannable }],
      },
    ];
  }

  #count(findings: readonly Finding[]): void {
    for (const { kind } of findings) this.#findings.set(kind, (this.#findings.get(kind) ?? 0) + 1);
  }
}
