/** Pages on which a person lets a client on a machine in. */
import { html } from 'hono/html';
import type { DeviceLogin, DeviceRecord } from '../../ports/devices.ts';
import { frame, type Markup } from '../approve-page/frame.ts';
import { utc, visible } from '../approve-page/text.ts';
import type { Person } from '../deps.ts';

const problemPart = (problem: string | undefined): Markup | '' =>
  problem === undefined ? '' : html`<section class="notice" role="alert"><p>${visible(problem)}</p></section>`;

/** The code is shown for comparison and never sent by itself: whoever follows a link of somebody else's must not let him in. */
export function codePage(options: { code: string; token: string; problem?: string }): Markup {
  return frame(
    'Let a client in',
    html`<h1>Let a client in</h1>
<p class="quiet">Somebody signs in with an agent client. Type the code that this machine shows, and your personal key.</p>
${problemPart(options.problem)}
<section>
<form method="post" action="/device" autocomplete="off">
<input type="hidden" name="token" value="${options.token}">
<input type="hidden" name="step" value="look">
<label for="code">Code</label>
<input id="code" name="code" required maxlength="20" value="${visible(options.code)}" autocomplete="off" spellcheck="false" aria-describedby="code-hint">
<p id="code-hint" class="quiet">Eight letters. Compare them with those on the machine; a code that somebody sent you is not yours to confirm.</p>
<label for="key">Personal key</label>
<input id="key" name="key" type="password" required maxlength="160" autocomplete="off" spellcheck="false" aria-describedby="key-hint">
<p id="key-hint" class="quiet">It begins with <code>csk_p_</code>. It is used for this one step.</p>
<div class="buttons"><button type="submit">Continue</button></div>
</form>
</section>`,
  );
}

export interface ConfirmPage {
  readonly login: DeviceLogin;
  readonly person: Person;
  readonly agents: readonly string[];
  readonly token: string;
  /** Signed: who looked at which code. */
  readonly ticket: string;
  readonly problem?: string;
}

export function confirmPage({ login, person, agents, token, ticket, problem }: ConfirmPage): Markup {
  const options = agents.map((agent) => html`<option value="${agent}">${visible(agent)}</option>`);
  return frame(
    'Let a client in',
    html`<h1>Let <code>${login.userCode}</code> in?</h1>
${problemPart(problem)}
<section aria-labelledby="who"><h2 id="who">Who asks</h2>
<dl><dt>Client</dt><dd>${login.client}</dd><dt>It calls itself</dt><dd>${visible(login.userAgent)}</dd><dt>Since</dt><dd>${utc(login.createdAt)}</dd></dl>
<p class="quiet">What it calls itself is a claim. The code on the machine in front of you is what counts.</p>
</section>
<section aria-labelledby="as"><h2 id="as">As what</h2>
<form method="post" action="/device" autocomplete="off">
<input type="hidden" name="token" value="${token}">
<input type="hidden" name="step" value="decide">
<input type="hidden" name="ticket" value="${ticket}">
<label for="agent">Agent</label>
<select id="agent" name="agent">${options}</select>
<label for="mandate">Mandate</label>
<input id="mandate" name="mandate" maxlength="100" placeholder="man_..." autocomplete="off" spellcheck="false" aria-describedby="mandate-hint">
<p id="mandate-hint" class="quiet">Empty: the client names one on each call.</p>
<label for="person">On behalf of</label>
<input id="person" name="person" maxlength="64" value="${visible(person.id)}" autocomplete="off" spellcheck="false">
<div class="buttons"><button type="submit" name="answer" value="approve">Let it in</button><button class="deny" type="submit" name="answer" value="refuse">Refuse</button></div>
</form></section>`,
  );
}

export const donePage = (device: DeviceRecord | undefined): Markup =>
  device === undefined
    ? frame('Refused', html`<h1>Refused</h1><section><p>The client is told so.</p></section>`)
    : frame(
        'It is in',
        html`<h1>It is in</h1><section><p>The client goes on by itself. The device is <code>${device.id}</code>; revoke it at any time with <code>countersign client revoke ${device.id}</code>.</p></section>`,
      );
