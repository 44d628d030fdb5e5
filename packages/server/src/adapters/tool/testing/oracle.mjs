// What the official client sees of a server: `node oracle.mjs list COMMAND ARG...`. A process of its own, since a package below the
// client exports its sources under the condition that our own packages use.
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';

const [, , command, ...args] = process.argv;
const client = new Client({ name: 'oracle', version: '0' }, {});
await client.connect(new StdioClientTransport({ command, args, stderr: 'ignore' }));
const { tools } = await client.listTools();
await client.close();
process.stdout.write(JSON.stringify(tools));
