/** The installation's Ed25519 key in a file that only we may read. All nodes of one installation hold the same file. */
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { Fault } from '@countersign/kernel/fault';
import type { Signer } from '../../ports/signer.ts';

/** Reads the key, or makes one where there is none. @throws Fault config.invalid when others could read it, or it is no Ed25519 key */
export function loadSigningKey(path: string): Signer {
  if (!existsSync(path)) createKeyFile(path);
  const mode = statSync(path).mode & 0o077;
  if (mode !== 0) throw new Fault('config.invalid', `The signing key ${path} can be read by others; run chmod 600 on it.`);
  return signerOf(readKey(path));
}

function readKey(path: string): KeyObject {
  try {
    const key = createPrivateKey(readFileSync(path));
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch (cause) {
    throw new Fault('config.invalid', `The signing key ${path} cannot be read as a PEM private key.`, { cause });
  }
  throw new Fault('config.invalid', `The signing key ${path} is not an Ed25519 key.`);
}

/** Written whole under another name and linked into place, so that two processes that start at once end up with one key. */
function createKeyFile(path: string): void {
  const { privateKey } = generateKeyPairSync('ed25519');
  const temporary = `${path}.${process.pid}`;
  const file = openSync(temporary, 'wx', 0o600);
  try {
    writeSync(file, privateKey.export({ format: 'pem', type: 'pkcs8' }).toString());
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  chmodSync(temporary, 0o600);
  try {
    linkSync(temporary, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    unlinkSync(temporary);
  }
}

function signerOf(key: KeyObject): Signer {
  const publicKey = createPublicKey(key);
  const raw = publicKey.export({ format: 'der', type: 'spki' });
  const keyId = `key_${createHash('sha256').update(raw).digest('hex').slice(0, 32)}`;
  return {
    keyId,
    sign: (bytes) => sign(null, bytes, key).toString('base64'),
    verify: (bytes, signature, id) => {
      if (id !== keyId) return false;
      const decoded = Buffer.from(signature, 'base64');
      // Node takes any text for base64; only the canonical form of 64 bytes is a signature.
      if (decoded.length !== 64 || decoded.toString('base64') !== signature) return false;
      return verify(null, bytes, publicKey, decoded);
    },
  };
}
