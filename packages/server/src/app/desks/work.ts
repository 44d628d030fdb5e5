import { Fault } from '@countersign/kernel/fault';
import type { LedgerWork } from '../../api/deps.ts';

export const openWork = (_terms: object): LedgerWork => ({
  replay: () => Promise.reject(new Fault('request.unsupported', 'not yet')),
  backtest: () => Promise.reject(new Fault('request.unsupported', 'not yet')),
});
