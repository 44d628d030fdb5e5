/** `client login codex`: signs this machine in, as Claude Code does by itself, and says where Codex fetches its settings. */
import { isRecord, type JsonRecord } from '@countersign/kernel/json';
import { type Call, cell } from '../call.ts';
import { connect } from '../connect.ts';
import { CliError } from '../exit.ts';

const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';
const SLOWER_SECONDS = 5;

export async function login(call: Call): Promise<void> {
  if (call.arg(0) !== 'codex')
    throw new CliError('usage', '`client login` is for codex', { why: 'Claude Code signs in by itself, with /login' });
  const { url } = connect(call);
  const begun = await post(call, `${url}/oauth/device_authorization`, { surface: 'codex' });
  if (begun.status !== 200)
    throw new CliError('failed', 'The server lets no Codex sign in', {
      why: cell(begun.json['error']),
      next: 'clients.yaml must have `codex`',
    });
  call.say(`Code: ${cell(begun.json['user_code'])}`);
  call.say(`An approver confirms it: countersign client approve ${cell(begun.json['user_code'])} --agent ...`);
  call.say(`or at ${cell(begun.json['verification_uri'])}`);
  const address = await wait(call, url, begun.json);
  if (call.json) return call.print({ configServer: address });
  call.write(address);
  call.say(`Now: sudo countersign client install codex --config-server ${address}`);
}

async function wait(call: Call, url: string, begun: JsonRecord): Promise<string> {
  let seconds = typeof begun['interval'] === 'number' ? begun['interval'] : SLOWER_SECONDS;
  for (;;) {
    await pause(call, seconds);
    const form = { grant_type: DEVICE_GRANT, device_code: cell(begun['device_code']) };
    const { status, json } = await post(call, `${url}/oauth/token`, form);
    const address = json['config_server'];
    if (status === 200 && typeof address === 'string') return address;
    const error = json['error'];
    if (error === 'slow_down') seconds += SLOWER_SECONDS;
    else if (error === 'access_denied') throw new CliError('denied', 'The sign-in was refused');
    else if (error !== 'authorization_pending')
      throw new CliError('failed', 'The sign-in is over', { why: cell(error), next: 'begin anew' });
  }
}

async function post(
  call: Call,
  url: string,
  form: Readonly<Record<string, string>>,
): Promise<{ status: number; json: JsonRecord }> {
  try {
    const answer = await call.io.fetch(url, { method: 'POST', body: new URLSearchParams(form), signal: call.io.signal });
    const json: unknown = await answer.json();
    return { status: answer.status, json: isRecord(json) ? json : {} };
  } catch (cause) {
    throw new CliError('failed', `No answer from ${url}`, {
      next: 'start a server with `countersign up`, or name another one with --url',
      cause,
    });
  }
}

function pause(call: Call, seconds: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const { signal } = call.io;
    const stop = (): void => {
      clearTimeout(timer);
      reject(new CliError('failed', 'Stopped'));
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, seconds * 1_000);
    signal.addEventListener('abort', stop, { once: true });
  });
}
