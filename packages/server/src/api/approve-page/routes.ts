/** `/approve/{id}`: a page without scripts for one approval, for links in mail and chat. */
import { asFault, Fault } from '@countersign/kernel/fault';
import { type Context, Hono } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import type { ApprovalRecord } from '../../ports/approvals.ts';
import { parseKey } from '../../ports/key-format.ts';
import { checkMayDecide, mayDecide } from '../approvals/rules.ts';
import type { ApiDeps, Person } from '../deps.ts';
import { personOf, personOfCredential } from '../http/auth.ts';
import { boundedBody } from '../http/body.ts';
import type { ApiEnv } from '../http/env.ts';
import { hopPage, type Markup, noticePage, signInPage } from './frame.ts';
import { guarded } from './guard.ts';
import { formToken, formTokenHolds, newNonce, openSession, type PageSession, sealSession, SESSION_MS } from './session.ts';
import { PAGE_CSS } from './style.ts';
import { requestPage } from './view.ts';

const SESSION_COOKIE = 'countersign_page';
const SIGN_IN_COOKIE = 'countersign_sign_in';
/** A form here has a key or a sentence in it. */
const FORM_BYTES_MAX = 16_384;
const HISTORY_MAX = 5;
const ID = /^[\x21-\x7e]{1,256}$/;

interface SignedIn {
  readonly session: PageSession;
  readonly person: Person;
}

interface Verdict {
  readonly answer: 'approve' | 'deny';
  readonly reason: string;
  readonly shownDigest: string;
}

function verdictForm(text: string): { token: string; verdict: Verdict | undefined } {
  const form = new URLSearchParams(text);
  const [answer, reason] = [form.get('answer'), (form.get('reason') ?? '').trim()];
  const token = form.get('token') ?? '';
  if ((answer !== 'approve' && answer !== 'deny') || reason.length < 3 || reason.length > 2_000)
    return { token, verdict: undefined };
  return { token, verdict: { answer, reason, shownDigest: form.get('shownDigest') ?? '' } };
}

/** @throws Fault approval.* */
async function decide(deps: ApiDeps, record: ApprovalRecord, person: Person, verdict: Verdict): Promise<void> {
  checkMayDecide(record, person, deps.clock);
  if (verdict.shownDigest !== record.shownDigest)
    throw new Fault('approval.stale', 'What you saw is not what would be decided; read the request again.');
  await deps.approvals.decide({ org: deps.org, approval: record.id, approver: person.id, groups: person.groups, ...verdict });
}

export function pageRoutes(deps: ApiDeps) {
  const pages = new Hono<ApiEnv>();
  const secure = deps.publicUrl.startsWith('https:');
  const { pageSecret: secret, clock } = deps;

  const cookie = (c: Context<ApiEnv>, name: string, value: string, maxAge: number) =>
    setCookie(c, name, value, { httpOnly: true, sameSite: 'Strict', path: '/approve', secure, maxAge });

  const answer = (c: Context<ApiEnv>, page: Markup, status: 200 | 400 | 401 | 403 | 404 | 409 | 503 = 200) =>
    c.html(page, status);

  /** The person of the cookie; the credential is looked at again each time, so that a revocation ends the session. */
  async function signedIn(c: Context<ApiEnv>): Promise<SignedIn | undefined> {
    const session = openSession(secret, getCookie(c, SESSION_COOKIE), clock.now());
    if (session === undefined) return undefined;
    try {
      const person = await personOfCredential(deps, session.credential);
      return person.id === session.person ? { session, person } : undefined;
    } catch (thrown) {
      if (asFault(thrown).status < 500) return undefined;
      throw thrown;
    }
  }

  function askToSignIn(c: Context<ApiEnv>, id: string, problem?: string) {
    const nonce = newNonce();
    cookie(c, SIGN_IN_COOKIE, nonce, SESSION_MS / 1_000);
    return answer(
      c,
      signInPage({ id, token: formToken(secret, nonce, 'sign-in'), ...(problem === undefined ? {} : { problem }) }),
      problem === undefined ? 200 : 401,
    );
  }

  async function show(
    c: Context<ApiEnv>,
    record: ApprovalRecord,
    who: SignedIn,
    wrong?: { text: string; status: 400 | 403 | 409 },
  ) {
    const { data } = await deps.approvals.list(deps.org, { limit: 100 });
    const history = data
      .filter(({ id, requester, action }) => id !== record.id && requester === record.requester && action === record.action)
      .slice(0, HISTORY_MAX);
    const { nonce } = who.session;
    const page = requestPage({
      record,
      person: who.person,
      may: mayDecide(record, who.person, clock),
      verdictToken: formToken(secret, nonce, `verdict\0${record.id}`),
      endToken: formToken(secret, nonce, 'end'),
      history,
      now: clock.now(),
      ...(wrong === undefined ? {} : { problem: wrong.text }),
    });
    return answer(c, page, wrong?.status ?? 200);
  }

  const notFound = (c: Context<ApiEnv>) =>
    answer(c, noticePage('No such request', 'There is no such approval request, or it is not here.'), 404);
  const staleForm = (c: Context<ApiEnv>) =>
    answer(c, noticePage('The form is too old', 'Go back, reload the page and try again.'), 403);

  pages.use('/approve/*', guarded, boundedBody({ maxBytes: () => FORM_BYTES_MAX, form: true, timeoutMs: deps.bodyMs }));
  pages.onError((thrown, c) => {
    const fault = asFault(thrown);
    if (fault.status >= 500)
      deps.log.error('page.fault', { requestId: c.get('requestId'), code: fault.code, internal: fault.internalText });
    return c.html(noticePage('That did not work', `${fault.publicText} (${fault.code})`), fault.status as 400);
  });

  pages.get('/approve/page.css', (c) =>
    c.body(PAGE_CSS, 200, { 'content-type': 'text/css; charset=utf-8', 'cache-control': 'public, max-age=3600' }),
  );

  pages.post('/approve/session', async (c) => {
    const form = new URLSearchParams(await c.req.text());
    const [next, token] = [form.get('next') ?? '', form.get('token') ?? ''];
    if (!ID.test(next)) return notFound(c);
    if (!formTokenHolds(secret, getCookie(c, SIGN_IN_COOKIE), { name: 'sign-in', token })) return staleForm(c);
    const key = parseKey((form.get('key') ?? '').trim());
    if (key?.kind !== 'person') return askToSignIn(c, next, 'That is not a personal key.');
    try {
      const person = await personOf(deps, key);
      const expiresAt = clock.now() + SESSION_MS;
      cookie(
        c,
        SESSION_COOKIE,
        sealSession(secret, { credential: person.credential, person: person.id, nonce: newNonce(), expiresAt }),
        SESSION_MS / 1_000,
      );
      cookie(c, SIGN_IN_COOKIE, '', 0);
      return c.redirect(`/approve/${encodeURIComponent(next)}`, 303);
    } catch (thrown) {
      const fault = asFault(thrown);
      if (fault.status >= 500) throw fault;
      return askToSignIn(c, next, fault.publicText);
    }
  });

  pages.post('/approve/session/end', async (c) => {
    const who = await signedIn(c);
    const token = new URLSearchParams(await c.req.text()).get('token') ?? '';
    if (who !== undefined && !formTokenHolds(secret, who.session.nonce, { name: 'end', token })) return staleForm(c);
    cookie(c, SESSION_COOKIE, '', 0);
    return answer(c, noticePage('Signed out', 'You can close this page.'));
  });

  pages.get('/approve/:id', async (c) => {
    const id = c.req.param('id');
    if (!ID.test(id)) return notFound(c);
    if (getCookie(c, SESSION_COOKIE) === undefined && c.req.header('sec-fetch-site') === 'cross-site')
      return answer(c, hopPage(`/approve/${encodeURIComponent(id)}`));
    const who = await signedIn(c);
    if (who === undefined) return askToSignIn(c, id);
    const record = await deps.approvals.find(deps.org, id);
    return record === undefined ? notFound(c) : show(c, record, who);
  });

  pages.post('/approve/:id', async (c) => {
    const id = c.req.param('id');
    const who = await signedIn(c);
    if (who === undefined) return askToSignIn(c, id, 'Your session is over; sign in again. Nothing was decided.');
    const form = verdictForm(await c.req.text());
    if (!formTokenHolds(secret, who.session.nonce, { name: `verdict\0${id}`, token: form.token })) return staleForm(c);
    const record = await deps.approvals.find(deps.org, id);
    if (record === undefined) return notFound(c);
    if (form.verdict === undefined) {
      return show(c, record, who, { text: 'Choose a verdict and give a reason of at least three letters.', status: 400 });
    }
    try {
      await decide(deps, record, who.person, form.verdict);
      return c.redirect(`/approve/${encodeURIComponent(id)}`, 303);
    } catch (thrown) {
      const fault = asFault(thrown);
      if (!fault.code.startsWith('approval.')) throw fault;
      const fresh = (await deps.approvals.find(deps.org, id)) ?? record;
      return show(c, fresh, who, { text: fault.publicText, status: fault.status === 403 ? 403 : 409 });
    }
  });
  return pages;
}
