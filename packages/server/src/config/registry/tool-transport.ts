/** How a tool server is reached: encrypted, or on this machine; with its credentials by reference, in places that can carry them. */
import type { Findings } from '../finding.ts';
import { isBaseUrl } from '../schema/common.ts';
import type { Parsed } from '../schema/parse.ts';
import type { ToolFile } from '../schema/tool.ts';

type Tool = Parsed<ToolFile>;

/** Set for each child by us, or able to make it run something else. */
const OWN_VARIABLES = /^(?:PATH|HOME|LANG|TZ|NODE_OPTIONS|NODE_PATH|PYTHONPATH|PYTHONSTARTUP|BASH_ENV|ENV|LD_.*|DYLD_.*)$/i;
/** A value that stands here would be in the bundle for good, on every node and in every export. */
const SECRET_LIKE = /(?:TOKEN|SECRET|PASSWORD|PASSWD|API_?KEY|PRIVATE_?KEY|CREDENTIAL)/i;
/** Of the protocol, or of the connection. */
const OWN_HEADERS =
  /^(?:host|connection|content-length|content-type|content-encoding|transfer-encoding|upgrade|te|trailer|expect|accept|mcp-.*|traceparent|tracestate|baggage|x-forwarded-.*|forwarded)$/i;
/** They fetch what they run: another program each time somebody publishes one. */
const INSTALLERS = new Set(['npx', 'pnpx', 'bunx', 'uvx', 'pipx', 'npm', 'pnpm', 'yarn', 'bun', 'uv', 'pip', 'docker', 'podman']);
const SHELLS = new Set(['sh', 'bash', 'dash', 'zsh', 'fish', 'ksh', 'cmd', 'powershell', 'pwsh', 'env', 'sudo']);

export function checkTransport(tool: Tool, findings: Findings): void {
  const { transport, elicitation, elicitationHosts } = tool.value;
  if (transport.kind === 'stdio') checkCommand(tool, transport, findings);
  else if (transport.kind !== 'memory') checkUrl(tool, transport, findings);
  checkCredentials(tool, findings);
  if (!elicitation && elicitationHosts.length > 0) {
    const message = 'Hosts are named, but `elicitation` is off, so none is ever reached.';
    findings.error(tool.at('elicitationHosts'), { code: 'tool.elicitation', message });
  }
}

type Stdio = Extract<ToolFile['transport'], { kind: 'stdio' }>;

function checkCommand(tool: Tool, { command, env }: Stdio, findings: Findings): void {
  const program = command.replace(/^.*\//, '');
  if (INSTALLERS.has(program)) {
    findings.error(tool.at('transport', 'command'), {
      code: 'tool.installs',
      message: `\`${program}\` fetches what it runs, so what was approved is not what runs.`,
      hint: 'install the server once and name its program here, such as node with the path of the module',
    });
  }
  if (SHELLS.has(program)) {
    const message = `\`${program}\` runs whatever its arguments say. Name the program itself.`;
    findings.error(tool.at('transport', 'command'), { code: 'tool.shell', message });
  }
  if (command.includes('/') && !command.startsWith('/')) {
    const message = 'A path must be absolute: what a relative one means depends on where the process was started.';
    findings.error(tool.at('transport', 'command'), { code: 'tool.command', message });
  }
  for (const name of Object.keys(env)) {
    const place = tool.at('transport', 'env', name);
    if (OWN_VARIABLES.test(name))
      findings.error(place, { code: 'tool.variable', message: `\`${name}\` is set by the process that starts the server.` });
    else if (SECRET_LIKE.test(name)) {
      findings.error(place, {
        code: 'tool.secret',
        message: `\`${name}\` looks like a secret, and would be part of the bundle.`,
        hint: 'credentials: [{ in: env, name: ..., reference: env:... }]',
      });
    }
  }
}

type Dialled = Extract<ToolFile['transport'], { url: string }>;

function checkUrl(tool: Tool, { url, privateAddresses }: Dialled, findings: Findings): void {
  if (privateAddresses || isBaseUrl(url)) return;
  findings.error(tool.at('transport', 'url'), {
    code: 'tool.plain-http',
    message: 'Plain HTTP is for this machine, or for private addresses.',
    hint: 'https, or privateAddresses: true',
  });
}

function checkCredentials(tool: Tool, findings: Findings): void {
  const { credentials, transport } = tool.value;
  const seen = new Set<string>();
  credentials.forEach((credential, index) => {
    const refuse = (path: string, message: string): void =>
      findings.error(tool.at('credentials', index, path), { code: 'tool.credential', message });
    const key = `${credential.in} ${credential.in === 'env' ? credential.name : credential.name.toLowerCase()}`;
    if (seen.has(key)) refuse('name', `Two credentials go into the ${credential.in} \`${credential.name}\`.`);
    seen.add(key);
    if (transport.kind === 'memory') refuse('in', 'A server of kind memory takes no credentials.');
    else if ((credential.in === 'env') !== (transport.kind === 'stdio'))
      refuse('in', `A server of kind ${transport.kind} cannot take a credential in \`${credential.in}\`.`);
    const own = credential.in === 'env' ? OWN_VARIABLES : OWN_HEADERS;
    if (credential.in !== 'query' && own.test(credential.name))
      refuse('name', `\`${credential.name}\` cannot carry a credential.`);
    if (transport.kind === 'stdio' && Object.hasOwn(transport.env, credential.name))
      refuse('name', `\`${credential.name}\` stands in \`transport.env\` too.`);
  });
}
