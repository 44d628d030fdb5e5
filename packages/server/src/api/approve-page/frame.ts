/** The frame of every page here, and the pages that show no request: sign-in, notices, and the hop that brings the cookie along. */
import { html } from 'hono/html';
import type { HtmlEscapedString } from 'hono/utils/html';
import { visible } from './text.ts';

export type Markup = HtmlEscapedString | Promise<HtmlEscapedString>;

export function frame(title: string, content: Markup, head: Markup | '' = ''): Markup {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${visible(title)} · Countersign</title>
<link rel="stylesheet" href="/approve/page.css">
${head}
</head>
<body>
<main>
${content}
</main>
</body>
</html>
`;
}

export const noticePage = (title: string, text: string): Markup =>
  frame(title, html`<h1>${visible(title)}</h1><section class="notice" role="alert"><p>${visible(text)}</p></section>`);

/** A link in mail arrives from another site, so a strict cookie stays behind: this page asks again from here. No script is needed. */
export const hopPage = (path: string): Markup =>
  frame(
    'One moment',
    html`<h1>One moment</h1><p><a href="${path}">Continue to the request</a></p>`,
    html`<meta http-equiv="refresh" content="0">`,
  );

export function signInPage(options: { id: string; token: string; problem?: string }): Markup {
  const { id, token, problem } = options;
  return frame(
    'Sign in',
    html`<h1>Sign in to decide</h1>
<p class="quiet">Paste your personal key. It is used for 15 minutes on this page only.</p>
${problem === undefined ? '' : html`<section class="notice" role="alert"><p>${visible(problem)}</p></section>`}
<section>
<form method="post" action="/approve/session" autocomplete="off">
<input type="hidden" name="token" value="${token}">
<input type="hidden" name="next" value="${id}">
<label for="key">Personal key</label>
<input id="key" name="key" type="password" required maxlength="160" autocomplete="off" spellcheck="false" aria-describedby="key-hint">
<p id="key-hint" class="quiet">It begins with <code>csk_p_</code>.</p>
<div class="buttons"><button type="submit">Sign in</button></div>
</form>
</section>`,
  );
}
