import type { PayloadStore } from '../payload/index.ts';
import type { StateParts } from '../record/parts.ts';

export interface MemoryParts extends StateParts {
  readonly payloads: Pick<PayloadStore, 'insert' | 'contents' | 'erase'>;
}
