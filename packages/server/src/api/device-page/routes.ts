/** `/device`: a page without scripts on which a person lets a client in. Nothing is kept between its two steps but a signed, short-lived ticket. */
import { asFault, Fault } from '@countersign/kernel/fault';
import { type Context, Hono } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import { parseKey } from '../../ports/key-format.ts';
import { type Markup, noticePage } from '../approve-page/frame.ts';
import { guarded } from '../approve-page/guard.ts';
import { formToken, formTokenHolds, newNonce, openSession, sealSession } from '../approve-page/session.ts';
import type { ApiDeps, Person } from '../deps.ts';
import { agentsOf, authorizeDevice, codeOf, waitingLogin } from '../devices/authorize.ts';
import { personOf, personOfCredential } from '../http/auth.ts';
import { boundedBody } from '../http/body.ts';
import type { ApiEnv } from '../http/env.ts';
import { codePage, confirmPage, donePage } from './view.ts';

const COOKIE = 'countersign_device';
const FORM_BYTES_MAX = 8_192;
/** Time to read the page and decide. */
const TICKET_MS = 10 * 60_000;
const FORM = 'device';

export function devicePageRoutes(deps: ApiDeps) {
  const pages = new Hono<ApiEnv>();
  const { pageSecret: secret, clock } = deps;
  const secure = deps.publicUrl.startsWith('https:');

  pages.use('/device', guarded, boundedBody({ maxBytes: () => FORM_BYTES_MAX, form: true, timeoutMs: deps.bodyMs }));
  pages.onError((thrown, c) => {
    const fault = asFault(thrown);
    if (fault.status >= 500)
      deps.log.error('page.fault', { requestId: c.get('requestId'), code: fault.code, internal: fault.internalText });
    return c.html(noticePage('That did not work', `${fault.publicText} (${fault.code})`), fault.status as 400);
  });

  const answer = (c: Context<ApiEnv>, page: Markup, status: 200 | 400 | 401 | 403 = 200) => c.html(page, status);

  function ask(c: Context<ApiEnv>, code: string, problem?: string) {
    const nonce = newNonce();
    setCookie(c, COOKIE, nonce, { httpOnly: true, sameSite: 'Strict', path: '/device', secure, maxAge: TICKET_MS / 1_000 });
    const page = { code, token: formToken(secret, nonce, FORM), ...(problem === undefined ? {} : { problem }) };
    return answer(c, codePage(page), problem === undefined ? 200 : 401);
  }

  async function look(c: Context<ApiEnv>, form: URLSearchParams) {
    const typed = form.get('code') ?? '';
    const key = parseKey((form.get('key') ?? '').trim());
    if (key?.kind !== 'person') return ask(c, typed, 'That is not a personal key.');
    try {
      const person = await personOf(deps, key);
      return await confirm(c, person, typed);
    } catch (thrown) {
      const fault = asFault(thrown);
      if (fault.status >= 500) throw fault;
      return ask(c, typed, fault.publicText);
    }
  }

  async function confirm(c: Context<ApiEnv>, person: Person, typed: string, problem?: string) {
    const login = await waitingLogin(deps, typed);
    const agents = agentsOf(deps.snapshots.current(), person);
    if (agents.length === 0) throw new Fault('identity.forbidden', 'There is no agent for which you may let a device in.');
    // The ticket names the code in the place of a nonce: it decides this sign-in and no other.
    const ticket = sealSession(secret, {
      credential: person.credential,
      person: person.id,
      nonce: login.userCode,
      expiresAt: clock.now() + TICKET_MS,
    });
    const token = form(c);
    const page = { login, person, agents, token, ticket, ...(problem === undefined ? {} : { problem }) };
    return answer(c, confirmPage(page), problem === undefined ? 200 : 400);
  }

  const form = (c: Context<ApiEnv>): string => formToken(secret, getCookie(c, COOKIE) ?? '', FORM);

  async function decide(c: Context<ApiEnv>, sent: URLSearchParams) {
    const ticket = openSession(secret, sent.get('ticket') ?? undefined, clock.now());
    if (ticket === undefined) return ask(c, '', 'That took too long. Nothing was decided.');
    const person = await personOfCredential(deps, ticket.credential);
    const userCode = ticket.nonce;
    if (sent.get('answer') !== 'approve') {
      await deps.devices.refuse(deps.org, codeOf(userCode) ?? userCode);
      return answer(c, donePage(undefined));
    }
    const named = (name: string): string | null => (sent.get(name) ?? '').trim() || null;
    const asked = { userCode, agent: named('agent') ?? '', mandate: named('mandate'), onBehalfOf: named('person'), label: null };
    try {
      const device = await authorizeDevice(deps, person, asked);
      return await answer(c, donePage(device));
    } catch (thrown) {
      const fault = asFault(thrown);
      if (fault.status >= 500 || fault.code === 'request.not-found') throw fault;
      return confirm(c, person, userCode, fault.publicText);
    }
  }

  pages.get('/device', (c) => ask(c, codeOf(c.req.query('user_code') ?? '') ?? ''));
  pages.post('/device', async (c) => {
    const sent = new URLSearchParams(await c.req.text());
    const token = sent.get('token') ?? '';
    if (!formTokenHolds(secret, getCookie(c, COOKIE), { name: FORM, token }))
      return answer(c, noticePage('The form is too old', 'Go back, reload the page and try again.'), 403);
    return sent.get('step') === 'decide' ? decide(c, sent) : look(c, sent);
  });
  return pages;
}
