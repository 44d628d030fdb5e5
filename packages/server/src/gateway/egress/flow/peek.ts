/** What a client begins with, without taking it away. */
import { type ClientHello, HELLO_BYTES_MAX, type HelloProblem, readHello } from '../tls/hello.ts';
import { type Inlet, isInletProblem } from './inlet.ts';

const HELLO_MS = 10_000;

export type Seen =
  | { readonly kind: 'tls'; readonly hello: ClientHello }
  /** Bytes that begin like a request of HTTP. */
  | { readonly kind: 'http' }
  | { readonly kind: 'other'; readonly problem: HelloProblem }
  /** Nothing came, or not in time. */
  | { readonly kind: 'gone' };

const HTTP_START = /^[A-Z]{3,24}(?:-[A-Z]+)* |^[A-Z]{1,24}$/;

export async function peek(inlet: Inlet): Promise<Seen> {
  const until = Date.now() + HELLO_MS;
  let bytes: Buffer = Buffer.alloc(0);
  const back = (seen: Seen): Seen => {
    inlet.unread(bytes);
    return seen;
  };
  for (;;) {
    const more = await inlet.nextWithin(Math.max(1, until - Date.now()));
    if (isInletProblem(more)) return back({ kind: 'gone' });
    bytes = bytes.length === 0 ? more : Buffer.concat([bytes, more]);
    const step = readHello(bytes);
    if (step.kind === 'hello') return back({ kind: 'tls', hello: step.hello });
    if (step.kind === 'problem') {
      const http = step.problem === 'not-tls' && HTTP_START.test(bytes.toString('latin1', 0, 25));
      return back(http ? { kind: 'http' } : { kind: 'other', problem: step.problem });
    }
    if (bytes.length > HELLO_BYTES_MAX) return back({ kind: 'other', problem: 'too-large' });
  }
}
