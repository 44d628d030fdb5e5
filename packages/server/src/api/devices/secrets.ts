/** Secrets of a device that every node can make again, so that none is stored: each is a MAC over the device's id. */
import { createHmac } from 'node:crypto';
import type { DeviceRecord } from '../../ports/devices.ts';
import { formatKey, hashSecret, newSecret } from '../../ports/key-format.ts';
import { isSameText } from '../../ports/same-text.ts';

const mac = (secret: Uint8Array, use: 'key' | 'path' | 'refresh', device: string): string =>
  createHmac('sha256', secret).update(`countersign/device/${use}\0${device}`).digest('base64url');

/** Credential id of the key in the device's own copy of the settings. */
export const keyCredential = (device: string): string => `crd_${device.replace(/^dev_/, '')}`;

/** The key with which the device's hooks and tools speak to us. */
export const deviceKey = (secret: Uint8Array, { id }: Pick<DeviceRecord, 'id'>): string =>
  formatKey('agent', keyCredential(id), mac(secret, 'key', id));

export const deviceKeyHash = (secret: Uint8Array, device: string): string => hashSecret(mac(secret, 'key', device));

/** The secret part of the address at which Codex fetches the device's settings. */
export const devicePath = (secret: Uint8Array, { id }: Pick<DeviceRecord, 'id'>): string => mac(secret, 'path', id);

/** A refresh token. It names its device, so that one which was replaced long ago is still known to be one of ours. */
export function newRefreshToken(secret: Uint8Array, { id }: Pick<DeviceRecord, 'id'>): string {
  const body = `${id}.${newSecret()}`;
  return `${body}.${mac(secret, 'refresh', body)}`;
}

/** The device that this text was once given to as a refresh token; undefined where it is none of ours. */
export function refreshTokenDevice(secret: Uint8Array, token: string): string | undefined {
  const [, body, shown] = /^([\w-]{1,80}\.[\w-]{43})\.([\w-]{43})$/.exec(token) ?? [];
  if (body === undefined || shown === undefined) return undefined;
  return isSameText(mac(secret, 'refresh', body), shown) ? body.slice(0, body.indexOf('.')) : undefined;
}
