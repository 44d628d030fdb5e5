/** One approval request on a page, to be read in thirty seconds: what, who, why, policy, risk, cost, history, and then the verdict. */
import type { Json, JsonRecord } from '@countersign/kernel/json';
import { isRecord } from '@countersign/kernel/json';
import { html } from 'hono/html';
import type { ApprovalRecord } from '../../ports/approvals.ts';
import type { MayDecide } from '../approvals/rules.ts';
import type { Person } from '../deps.ts';
import { frame, type Markup } from './frame.ts';
import { money, riskText, rowsOf, untilText, utc, valueText, visible } from './text.ts';

export interface RequestPage {
  readonly record: ApprovalRecord;
  readonly person: Person;
  readonly may: MayDecide;
  readonly verdictToken: string;
  readonly endToken: string;
  /** Earlier requests of the same agent for the same action, newest first. */
  readonly history: readonly ApprovalRecord[];
  readonly now: number;
  readonly problem?: string;
}

const member = (value: Json | undefined, name: string): Json | undefined => (isRecord(value) ? value[name] : undefined);

const row = (name: string, value: Markup | string): Markup =>
  html`<dt>${name}</dt><dd>${typeof value === 'string' ? visible(value) : value}</dd>`;

const rows = (value: Json | undefined): Markup[] =>
  rowsOf(value)
    .filter(([, inner]) => inner !== null)
    .map(([name, inner]) => row(visible(name), valueText(inner)));

/** Members that have a place of their own on the page. Everything else is shown as well: the digest covers it. */
const PLACED = new Set([
  'action',
  'actionClass',
  'agent',
  'onBehalfOf',
  'task',
  'resource',
  'args',
  'content',
  'dataClass',
  'why',
  'gates',
  'cost',
]);

function whatPart({ shown, action, requester, onBehalfOf }: ApprovalRecord): Markup {
  const { agent, task, resource, content } = shown;
  return html`<section aria-labelledby="what"><h2 id="what">What</h2><dl>
${row('Agent', html`<strong>${visible(requester)}</strong>${typeof member(agent, 'purpose') === 'string' ? html`<br>${valueText(member(agent, 'purpose'))}` : ''}`)}
${row('Wants to', html`<code>${visible(action)}</code>`)}
${row('On', html`<code>${valueText(member(resource, 'id') ?? resource)}</code>`)}
${row('On behalf of', onBehalfOf)}
${isRecord(task) ? row('Task', [member(task, 'ticket'), member(task, 'id'), member(task, 'repository')].filter((part) => typeof part === 'string').join(' · ')) : ''}
${rows(content)}
</dl></section>`;
}

function argumentsPart({ args }: JsonRecord): Markup {
  const list = rows(args);
  return list.length === 0
    ? html``
    : html`<section aria-labelledby="args"><h2 id="args">Arguments</h2><dl>${list}</dl></section>`;
}

function whyPart({ shown, gates }: ApprovalRecord): Markup {
  const reasons = Array.isArray(shown['why']) ? (shown['why'] as readonly Json[]) : [];
  return html`<section aria-labelledby="why"><h2 id="why">Why you are asked</h2>
<ul class="plain">${reasons.map(
    (reason) =>
      html`<li>${valueText(member(reason, 'message'))}<br><span class="quiet">Policy <code>${valueText(member(reason, 'policy') ?? member(reason, 'code'))}</code></span></li>`,
  )}</ul>
<dl>${gates.map(({ gate, approvers, min }) => row(visible(gate), `${min} of ${approvers}`))}</dl></section>`;
}

function costPart({ cost }: JsonRecord): Markup {
  if (!isRecord(cost)) return html``;
  return html`<section aria-labelledby="cost"><h2 id="cost">Cost</h2><dl>
${row('Estimate', money(cost['estimateMicroUsd']))}
${row('Left in budget', money(cost['budgetLeftMicroUsd']))}
</dl></section>`;
}

function otherPart(shown: JsonRecord): Markup {
  const others = Object.fromEntries(Object.entries(shown).filter(([name]) => !PLACED.has(name)));
  const list = rows(others);
  return list.length === 0
    ? html``
    : html`<section aria-labelledby="other"><h2 id="other">Also shown</h2><dl>${list}</dl></section>`;
}

function historyPart({ record, history }: RequestPage): Markup {
  const verdicts = record.verdicts.map(
    ({ approver, answer, gate, reason, at }) =>
      html`<li>${answer === 'approve' ? 'Approved' : 'Denied'} by ${visible(approver)} for ${visible(gate)}, ${utc(at)}<br><span class="quiet">${visible(reason)}</span></li>`,
  );
  const earlier = history.map(
    ({ openedAt, state, shown }) =>
      html`<li>${utc(openedAt)}: ${state}, on <code>${valueText(member(shown['resource'], 'id') ?? shown['resource'])}</code></li>`,
  );
  return html`<section aria-labelledby="history"><h2 id="history">History</h2>
${verdicts.length === 0 ? html`<p class="quiet">No verdict on this request yet.</p>` : html`<ul class="plain">${verdicts}</ul>`}
${earlier.length === 0 ? html`<p class="quiet">This agent has not asked for this before.</p>` : html`<details><summary>${history.length} earlier ${history.length === 1 ? 'request' : 'requests'} of this agent for this action</summary><ul class="plain">${earlier}</ul></details>`}
</section>`;
}

/** An approval is for one request, but for those that say what grant they become. */
const effectOf = ({ shown }: ApprovalRecord): string =>
  isRecord(member(shown['content'], 'grant'))
    ? 'Becomes the grant that is shown above, which ends by itself and can be revoked.'
    : 'Counts for exactly this request, once, until it expires.';

function verdictPart({ record, may, verdictToken }: RequestPage): Markup {
  if (!may.ok) return html`<section class="notice"><h2>No verdict from you</h2><p>${visible(may.why)}</p></section>`;
  return html`<section aria-labelledby="verdict"><h2 id="verdict">Your verdict</h2>
<form method="post" action="/approve/${encodeURIComponent(record.id)}" autocomplete="off">
<input type="hidden" name="token" value="${verdictToken}">
<input type="hidden" name="shownDigest" value="${record.shownDigest}">
<label for="reason">Reason, for the record</label>
<textarea id="reason" name="reason" required minlength="3" maxlength="2000" aria-describedby="reason-hint"></textarea>
<p id="reason-hint" class="quiet">${effectOf(record)}</p>
<div class="buttons"><button type="submit" name="answer" value="approve">Approve</button><button class="deny" type="submit" name="answer" value="deny">Deny</button></div>
</form></section>`;
}

export function requestPage(page: RequestPage): Markup {
  const { record, person, now, problem, endToken } = page;
  const { shown, actionClass } = record;
  const high = actionClass === 'mutate-high' || !(actionClass in { read: 1, draft: 1, recommend: 1, 'mutate-low': 1 });
  const tier = member(shown['agent'], 'tier');
  return frame(
    `${record.action} by ${record.requester}`,
    html`<header class="top"><span>Approval request <code>${record.id}</code></span>
<form method="post" action="/approve/session/end"><input type="hidden" name="token" value="${endToken}"><span>${visible(person.id)}</span> · <button class="plain" type="submit">Sign out</button></form></header>
<h1>${visible(record.requester)} asks to ${visible(record.action)}</h1>
<ul class="tags" aria-label="State and risk">
<li${record.state === 'open' ? '' : html` class="high"`}>${record.state === 'open' ? `open, ${untilText(record.expiresAt, now)}` : record.state}</li>
<li${high ? html` class="high"` : ''}>${visible(actionClass)}: ${riskText(actionClass)}</li>
<li>data: ${valueText(shown['dataClass'])}</li>
${tier === undefined ? '' : html`<li>agent tier ${valueText(tier)}</li>`}
</ul>
${problem === undefined ? '' : html`<section class="notice" role="alert"><p>${visible(problem)}</p></section>`}
${whatPart(record)}
${whyPart(record)}
${costPart(shown)}
${argumentsPart(shown)}
${otherPart(shown)}
${historyPart(page)}
${verdictPart(page)}
<p class="quiet">Shown: <code>${record.shownDigest.slice(0, 16)}…</code> · bundle <code>${visible(record.revision.slice(0, 16))}…</code></p>`,
  );
}
