// What is lost on purpose. A line that is not true any more fails the run, as does a loss without a line.

/** What a server adds or changes is held back until a person looked at it; agents hear of it then. */
const PINNED = 'a list changes for agents when somebody approved the change';

/** Through the door: scenario, the check where it is not the whole scenario, and why. */
export const THROUGH = [
  { scenario: 'server-stateless', check: 'sep-2575-server-sends-prompts-list-changed-on-subscription', reason: PINNED },
  { scenario: 'server-stateless', check: 'sep-2575-server-sends-tools-list-changed-on-subscription', reason: PINNED },
  {
    scenario: 'server-sse-multiple-streams',
    revision: '2025-11-25',
    check: 'server-sse-streams-functional',
    reason: 'an answer that nothing comes before is JSON and not a stream, so there are no streams to look at',
  },
  {
    scenario: 'input-required-result-ignore-extra-params',
    check: 'sep-2322-ignore-unexpected-params',
    reason: 'answers count together with the state of the question; the scenario answers what nobody asked it',
  },
];

/** Of the client side: whole scenarios by the beginning of their names. */
export const NOT_OFFERED = [
  { prefix: 'auth/', reason: 'credentials for tool servers are injected; there is no OAuth login to one' },
];
