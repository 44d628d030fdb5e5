// One check as a child process: its output is kept back while it goes well, and shown when it fails.
import { spawn } from 'node:child_process';

/** A check that says nothing for so long hangs. */
const STEP_MS_MAX = 15 * 60_000;
/** A line now and then, so that whoever waits sees that it goes on. */
const SIGN_OF_LIFE_MS = 30_000;

const children = new Set();
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});

/**
 * Runs `node ...args` in `cwd`.
 * @returns {Promise<{ code: number, text: string, seconds: number }>}; a check that cannot be started or hangs has code -1
 */
export function runNode(args, { cwd, name, env = {}, echo }) {
  const from = performance.now();
  const seconds = () => Math.round((performance.now() - from) / 1000);
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    children.add(child);
    let text = '';
    const take = (data) => {
      text += data;
      echo?.(String(data));
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    const life = setInterval(() => console.log(`  ${name}: ${seconds()} s`), SIGN_OF_LIFE_MS);
    const hang = setTimeout(() => {
      text += `\n${name} did not end within ${STEP_MS_MAX / 60_000} minutes`;
      child.kill('SIGKILL');
    }, STEP_MS_MAX);
    const finish = (code, more = '') => {
      clearInterval(life);
      clearTimeout(hang);
      children.delete(child);
      resolve({ code, text: text + more, seconds: seconds() });
    };
    child.on('error', (error) => finish(-1, `\n${error.message}`));
    child.on('close', (code) => finish(code ?? -1));
  });
}
