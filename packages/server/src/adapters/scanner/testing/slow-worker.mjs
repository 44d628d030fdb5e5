// A scanning worker that does as the text says: `hang` never returns, `hang once` returns only in linear time, `die` ends the thread.
import { parentPort } from 'node:worker_threads';

parentPort.on('message', ({ id, text, isLinear }) => {
  if (text.includes('hang once') ? !isLinear : text.includes('hang')) for (;;);
  if (text.includes('die')) process.exit(1);
  if (text.includes('throw')) return parentPort.postMessage({ id, error: 'RangeError' });
  return parentPort.postMessage({ id, result: { findings: [], text: `${text} done`, values: new Map() } });
});
parentPort.postMessage({ id: 0 });
