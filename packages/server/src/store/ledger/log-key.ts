/** The log key in a file of the data directory, and checkpoints signed with it. */
import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { Fault } from '@countersign/kernel/fault';
import {
  formatCheckpoint,
  formatNote,
  formatVkey,
  isKeyName,
  KEY_TYPES,
  openNote,
  parseCheckpoint,
  parseNote,
  utf8Encode,
  type VerifierKey,
  verifierKey,
} from '@countersign/kernel/ledger';
import { createPublicKey, verify } from 'node:crypto';
import type { LogKey } from '../../ports/ledger.ts';
import { writeOnce } from '../secret-file.ts';
import { sha256 } from './sha256.ts';

/** Bytes of DER before the raw key. */
const SPKI_PREFIX_BYTES = 12;

function newKeyFile(): string {
  const { privateKey } = generateKeyPairSync('ed25519');
  const name = `countersign.invalid/${randomBytes(6).toString('hex')}`;
  return `${name}\n${privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()}`;
}

function readKeyFile(path: string): { readonly name: string; readonly key: KeyObject } {
  if ((statSync(path).mode & 0o077) !== 0)
    throw new Fault('config.invalid', `The log key ${path} can be read by others; run chmod 600 on it.`);
  const text = readFileSync(path, 'utf8');
  const end = text.indexOf('\n');
  const name = text.slice(0, end);
  try {
    const key = createPrivateKey(text.slice(end + 1));
    if (key.asymmetricKeyType === 'ed25519' && isKeyName(name)) return { name, key };
  } catch (cause) {
    throw new Fault('config.invalid', `The log key ${path} cannot be read.`, { cause });
  }
  throw new Fault('config.invalid', `The log key ${path} is not a name and an Ed25519 key.`);
}

/**
 * Makes the key at the first start: a random installation name, and the key. The origin of an organisation's log is
 * `<installation name>/<organisation>`. @throws Fault config.invalid when others could read the file, or it holds no key
 */
export function loadLogKey(path: string): LogKey {
  writeOnce(path, newKeyFile);
  const { name, key } = readKeyFile(path);
  const publicKey = createPublicKey(key);
  const raw = new Uint8Array(publicKey.export({ format: 'der', type: 'spki' }).subarray(SPKI_PREFIX_BYTES));
  const keys = new Map<string, VerifierKey>();

  const origin = (org: string): string => `${name}/${encodeURIComponent(org)}`;
  const keyOfLog = (org: string): VerifierKey => {
    const known = keys.get(org) ?? verifierKey(origin(org), KEY_TYPES.ed25519, raw, sha256);
    keys.set(org, known);
    return known;
  };
  const checks = {
    ed25519: (_: Uint8Array, message: Uint8Array, signature: Uint8Array) => verify(null, message, publicKey, signature),
  };

  return {
    origin,
    vkey: (org) => formatVkey(keyOfLog(org)),
    sign(org, { size, root }) {
      const text = formatCheckpoint({ origin: origin(org), size, root });
      const { name: keyName, keyId } = keyOfLog(org);
      return formatNote({
        text,
        signatures: [{ name: keyName, keyId, signature: new Uint8Array(sign(null, utf8Encode(text), key)) }],
      });
    },
    open(org, note) {
      const opened = openNote(parseNote(note), [keyOfLog(org)], checks);
      const checkpoint = parseCheckpoint(opened.text);
      if (checkpoint.origin !== origin(org)) throw new Fault('ledger.format', 'The checkpoint is of another log');
      return { size: checkpoint.size, root: checkpoint.root };
    },
  };
}
