import type { WireFormat } from '../../../ports/registry.ts';
import { ChatMeter } from './chat.ts';
import { MessagesMeter } from './messages.ts';
import type { Meter } from './meter.ts';
import { ResponsesMeter } from './responses.ts';

export { type EventJson, type Meter, parseData } from './meter.ts';
export type { Usage } from './vector.ts';

/** @param hidesUsage Chat only: usage in the stream was asked for by us, not by the client */
export function meterFor(format: WireFormat, hidesUsage: boolean): Meter {
  switch (format) {
    case 'responses':
      return new ResponsesMeter();
    case 'chat':
      return new ChatMeter(hidesUsage);
    case 'messages':
      return new MessagesMeter();
  }
}
