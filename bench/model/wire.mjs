// The least of HTTP/1.1 that a load generator needs: requests as bytes, and where an answer ends.

/** Bytes of a POST. `target` is `{ port, path, headers }`. */
export function requestBytes(target, body) {
  const payload = Buffer.from(body);
  const headers = Object.entries(target.headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `POST ${target.path} HTTP/1.1\r\nhost: 127.0.0.1:${target.port}\r\ncontent-type: application/json\r\n${headers.join('')}content-length: ${payload.length}\r\n\r\n`;
  return { bytes: Buffer.concat([Buffer.from(head), payload]), bodyAt: Buffer.byteLength(head) };
}

const LAST_CHUNK = Buffer.from('0\r\n\r\n');

/** Follows one answer after another on a connection; `feed` is true when the present one is complete. */
export class Answer {
  status = 0;
  /** Body bytes received that are not looked at any more. */
  #held = Buffer.alloc(0);
  #left = -1;
  #chunked = false;

  reset() {
    this.status = 0;
    this.#held = Buffer.alloc(0);
    this.#left = -1;
    this.#chunked = false;
  }

  /** @returns true at the end of the answer @throws Error when it has no readable end */
  feed(data) {
    if (this.status !== 0) return this.#body(data);
    this.#held = this.#held.length === 0 ? data : Buffer.concat([this.#held, data]);
    const end = this.#held.indexOf('\r\n\r\n');
    if (end < 0) return false;
    const head = this.#held.toString('latin1', 0, end);
    const rest = this.#held.subarray(end + 4);
    this.#held = Buffer.alloc(0);
    this.status = Number(head.slice(9, 12));
    this.#chunked = /\r\ntransfer-encoding:\s*chunked/i.test(head);
    const length = /\r\ncontent-length:\s*(\d+)/i.exec(head)?.[1];
    if (!this.#chunked && length === undefined) throw new Error('an answer without an end');
    this.#left = Number(length ?? 0);
    return this.#body(rest);
  }

  #body(data) {
    if (!this.#chunked) {
      this.#left -= data.length;
      return this.#left <= 0;
    }
    // JSON and event streams never hold this sequence themselves: control characters are escaped, and `0` stands alone in a chunk head.
    this.#held = Buffer.concat([this.#held, data]).subarray(-LAST_CHUNK.length);
    return this.#held.equals(LAST_CHUNK);
  }
}

export const quantile = (sorted, share) =>
  sorted.length === 0 ? Number.NaN : sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
export const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};

/** What this process is to do: JSON on stdin, since a large body does not fit into an argument. */
export async function readJob() {
  let text = '';
  for await (const part of process.stdin) text += part;
  return JSON.parse(text);
}
