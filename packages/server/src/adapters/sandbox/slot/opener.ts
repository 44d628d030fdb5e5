/**
 * Source of the program that opens listeners inside a network namespace and hands them to us over Node's channel. It runs for a moment, and
 * has its text from here so that it is the same from sources and from what was built.
 */
export const OPENER = `
const net = require('node:net');
const dgram = require('node:dgram');
const wanted = [['proxy', 3128, '127.0.0.1'], ['http', 80, '0.0.0.0'], ['https', 443, '0.0.0.0']];
const fail = (error) => { process.stderr.write(String(error && error.message)); process.exit(1); };
const listener = ([name, port, host]) => new Promise((resolve, reject) => {
  const server = net.createServer({ pauseOnConnect: true });
  server.once('error', reject);
  server.listen({ port, host, backlog: 1024 }, () => resolve([name, server]));
});
const questions = () => new Promise((resolve, reject) => {
  const socket = dgram.createSocket('udp4');
  socket.once('error', reject);
  socket.bind(53, '127.0.0.1', () => resolve(['dns', socket]));
});
process.on('disconnect', () => process.exit(0));
Promise.all([...wanted.map(listener), questions()]).then((all) => {
  for (const [name, handle] of all) process.send({ name, pid: process.pid }, handle);
}).catch(fail);
`;
