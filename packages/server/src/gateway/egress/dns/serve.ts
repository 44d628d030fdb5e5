/**
 * Names never leave the sandbox. One that could be let through has an address inside, where the captured ports listen; every other one does
 * not exist. So a name cannot carry anything out, and a program that knows of no proxy still arrives here.
 */
import type { Socket } from 'node:dgram';
import { isListed } from '@countersign/kernel/egress';
import { OWN_DOORS_ADDRESS, OWN_DOORS_NAME } from '../../../ports/own-doors.ts';
import type { Session } from '../session.ts';
import { answerTo, type Question, readQuestion, TYPE_A } from './packet.ts';

/** Every address of 127/8 reaches the captured ports; different ones keep programs from taking two names for one host. */
const SECOND_OCTET = 1;
/** The first of them is that of our own doors. */
const OWN: readonly number[] = OWN_DOORS_ADDRESS.split('.').map(Number);

export function serveQuestions(session: Session, socket: Socket): void {
  const addresses = new Map<string, readonly number[]>();
  socket.on('error', () => undefined);
  socket.on('message', (packet, peer) => {
    const question = readQuestion(packet);
    if (question === undefined || session.signal.aborted) return;
    const listed = question.host !== undefined && isListed(session.run.profile, question.host);
    if (!listed) unlisted(session, question);
    const answer = listed ? addressOf(addresses, question) : undefined;
    socket.send(answerTo(question, answer), peer.port, peer.address, () => undefined);
  });
}

function addressOf(addresses: Map<string, readonly number[]>, { host = '', type }: Question): readonly number[] | 'none' {
  if (type !== TYPE_A) return 'none';
  if (host === OWN_DOORS_NAME) return OWN;
  const known = addresses.get(host);
  if (known !== undefined) return known;
  // 65,533 names; whoever asks for more shares one.
  const number = Math.min(addresses.size + 2, 0xfffe);
  const address = [127, SECOND_OCTET, number >> 8, number & 0xff];
  if (addresses.size < 0xfffd) addresses.set(host, address);
  return address;
}

/** Each name once, and no more names than a run may try. */
function unlisted(session: Session, { host }: Question): void {
  if (host === undefined || !session.isNewQuestion(host)) return;
  const message = 'No rule lists this name, so it does not exist here.';
  void session.refuse({ code: 'egress.denied', message }, { host, port: 53, scheme: 'raw' });
}
