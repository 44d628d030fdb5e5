// One node in a process of its own, from the build: node node.mjs OPTIONS. It says what others need to know as one JSON line, answers
// `rss` and `held` over IPC, and ends with whoever started it.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { startServer } from '../../packages/server/dist/app.js';

const log = {
  info: () => undefined,
  warn: (event, fields) => process.stderr.write(`${JSON.stringify({ level: 'warn', event, ...fields })}\n`),
  error: (event, fields) => process.stderr.write(`${JSON.stringify({ level: 'error', event, ...fields })}\n`),
};
/** Bytes that something refers to: what is left when all that nobody needs is thrown away. */
function held() {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc');
  collect();
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
process.on('disconnect', () => process.exit(0));
const server = await startServer({ ...JSON.parse(process.argv[2]), log });
process.on('message', (message) => {
  if (message === 'rss') process.send({ rss: process.memoryUsage.rss() });
  if (message === 'held') process.send({ held: held() });
  if (message === 'stop') void server.close().then(() => process.exit(0));
});
process.stdout.write(
  `${JSON.stringify({ url: server.url, adminKey: server.adminKey ?? null, verifierKey: server.verifierKey })}\n`,
);
