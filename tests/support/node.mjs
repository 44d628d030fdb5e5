// One node in a process of its own, from the build: node node.mjs OPTIONS. It says what others need to know as one JSON line, answers
// `rss` over IPC, and ends with whoever started it.
import { startServer } from '../../packages/server/dist/app.js';

const log = {
  info: () => undefined,
  warn: (event, fields) => process.stderr.write(`${JSON.stringify({ level: 'warn', event, ...fields })}\n`),
  error: (event, fields) => process.stderr.write(`${JSON.stringify({ level: 'error', event, ...fields })}\n`),
};
process.on('disconnect', () => process.exit(0));
const server = await startServer({ ...JSON.parse(process.argv[2]), log });
process.on('message', (message) => {
  if (message === 'rss') process.send({ rss: process.memoryUsage.rss() });
  if (message === 'stop') void server.close().then(() => process.exit(0));
});
process.stdout.write(
  `${JSON.stringify({ url: server.url, adminKey: server.adminKey ?? null, verifierKey: server.verifierKey })}\n`,
);
