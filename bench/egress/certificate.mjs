// A certificate for a name, and the root that signed it.
import { generateKeyPairSync } from 'node:crypto';
import { mintAuthority, mintLeaf } from '../../packages/server/dist/adapters/egress/mint.js';

const DAY_MS = 86_400_000;

export function certificateFor(host) {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { privateKey: leaf } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const from = Date.now() - DAY_MS;
  const authority = { name: 'bench root', key: privateKey, from, to: from + 30 * DAY_MS };
  const cert = mintLeaf(authority, { host, key: leaf, from, to: from + 20 * DAY_MS });
  return { key: leaf.export({ type: 'pkcs8', format: 'pem' }), cert, root: mintAuthority(authority) };
}
