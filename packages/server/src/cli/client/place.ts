/** Where the clients read what an administrator has for them. */
import { join } from 'node:path';
import type { ClientName } from '../../ports/clients.ts';
import { CliError } from '../exit.ts';

/** @param root put before the path; empty for the machine itself @throws CliError on a system whose paths are not known */
export function clientFolder(name: ClientName, root: string, platform: NodeJS.Platform = process.platform): string {
  if (platform !== 'linux' && platform !== 'darwin')
    throw new CliError('failed', `Where clients read their settings on ${platform} is not known here`, {
      next: 'use `countersign client render` and your management system',
    });
  if (name === 'codex') return join(root, '/etc/codex');
  return join(root, platform === 'darwin' ? '/Library/Application Support/ClaudeCode' : '/etc/claude-code');
}
