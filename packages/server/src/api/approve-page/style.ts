/** Style sheet of the approval page: one column, system fonts, both colour schemes. */
export const PAGE_CSS = `:root {
  color-scheme: light dark;
  --ground: light-dark(#f6f7f9, #14171c);
  --card: light-dark(#ffffff, #1d2229);
  --text: light-dark(#1b2027, #e8ebf0);
  --quiet: light-dark(#55606e, #a7b1bf);
  --line: light-dark(#d5dae1, #39424e);
  --accent: light-dark(#1c4fa3, #8ab4f8);
  --approve: light-dark(#116b3a, #1d7a47);
  --deny: light-dark(#a12622, #b13a36);
  --warn-ground: light-dark(#fff3d6, #3a2f14);
  --warn-text: light-dark(#5c4100, #f4d58a);
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--text); font: 1rem/1.5 system-ui, sans-serif; }
main { max-width: 46rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
header.top { display: flex; justify-content: space-between; align-items: baseline; gap: 1rem; color: var(--quiet); font-size: .875rem; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: .75rem 0 .25rem; overflow-wrap: anywhere; }
h2 { font-size: 1rem; margin: 0 0 .5rem; }
p { margin: .25rem 0; }
.quiet { color: var(--quiet); }
.tags { display: flex; flex-wrap: wrap; gap: .5rem; padding: 0; margin: .75rem 0; list-style: none; }
.tags li { border: 1px solid var(--line); border-radius: 1rem; padding: .1rem .7rem; font-size: .875rem; background: var(--card); }
.tags li.high { background: var(--warn-ground); color: var(--warn-text); border-color: currentColor; }
section { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: 1rem; margin: 1rem 0; }
dl { display: grid; grid-template-columns: minmax(7rem, 11rem) 1fr; gap: .35rem 1rem; margin: 0; }
dt { color: var(--quiet); overflow-wrap: anywhere; }
dd { margin: 0; overflow-wrap: anywhere; white-space: pre-wrap; }
ul.plain + dl { margin-top: .6rem; }
ul.plain { list-style: none; padding: 0; margin: 0; }
ul.plain li + li { margin-top: .6rem; padding-top: .6rem; border-top: 1px solid var(--line); }
code { font: .875rem/1.5 ui-monospace, monospace; overflow-wrap: anywhere; }
label { display: block; font-weight: 600; margin-bottom: .25rem; }
textarea, select, input[type="password"], input:not([type]) { width: 100%; font: inherit; color: inherit; background: var(--ground); border: 1px solid var(--quiet); border-radius: .375rem; padding: .5rem .6rem; }
textarea { min-height: 4.5rem; resize: vertical; }
.buttons { display: flex; flex-wrap: wrap; gap: .75rem; margin-top: 1rem; }
button { font: inherit; font-weight: 600; border: 1px solid transparent; border-radius: .375rem; padding: .55rem 1.4rem; color: #fff; background: var(--approve); cursor: pointer; }
button.deny { background: var(--deny); }
button.plain { color: var(--accent); background: none; border: 0; padding: 0; font-weight: 400; text-decoration: underline; }
button:focus-visible, textarea:focus-visible, input:focus-visible, summary:focus-visible, a:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
a { color: var(--accent); }
.notice { background: var(--warn-ground); color: var(--warn-text); border-color: currentColor; }
summary { cursor: pointer; }
details > dl { margin-top: .5rem; }
@media (max-width: 34rem) { dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: .5rem; } }
`;
