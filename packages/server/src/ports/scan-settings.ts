/** What doors do about what the scanner finds, as it ships. */
import type { ScanSettings } from './registry.ts';

/** Loosening one of these needs a reason in the bundle. */
export const SCAN_DEFAULTS: ScanSettings = Object.freeze({
  actions: {
    prompts: { secret: 'redact', personal: 'fit', hidden: 'redact', injection: 'report' },
    answers: { secret: 'redact', personal: 'report', hidden: 'report', injection: 'report' },
    toolArguments: { secret: 'deny', personal: 'fit', hidden: 'report', injection: 'report' },
    toolResults: { secret: 'redact', personal: 'fit', hidden: 'redact', injection: 'report' },
    definitions: { secret: 'deny', personal: 'report', hidden: 'deny', injection: 'deny' },
    records: { secret: 'redact', personal: 'redact', hidden: 'redact', injection: 'report' },
  },
  regions: [],
  exceptions: [],
  reversible: 'confidential',
} satisfies ScanSettings);

/** Bundles that are older than these settings have the defaults. */
export const scanSettings = (settings: { readonly scanning?: ScanSettings }): ScanSettings => settings.scanning ?? SCAN_DEFAULTS;
