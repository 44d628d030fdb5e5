// A parser that does as the text says: `hang` never returns, `die` ends the thread, anything else is one command.
import { parentPort } from 'node:worker_threads';

parentPort.on('message', ({ id, text }) => {
  if (text === 'hang') for (;;);
  if (text === 'die') process.exit(1);
  return parentPort.postMessage({ id, commands: [[text]], hasError: text === 'error' });
});
parentPort.postMessage({ id: 0 });
