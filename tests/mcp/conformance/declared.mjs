// What is lost on purpose. A line that is not true any more fails the run, as does a loss without a line.

/** Through the door. No server spends a client's model budget or reads its paths: these questions are never passed on. */
const WITHHELD = 'sampling and roots are not passed on to clients';

export const THROUGH = [
  { scenario: 'tools-call-sampling', reason: WITHHELD },
  { scenario: 'input-required-result-basic-sampling', reason: WITHHELD },
  { scenario: 'input-required-result-basic-list-roots', reason: WITHHELD },
  { scenario: 'input-required-result-multiple-input-requests', reason: WITHHELD },
];

/** Of the client side: whole scenarios by the beginning of their names. */
export const NOT_OFFERED = [
  { prefix: 'auth/', reason: 'credentials for tool servers are injected; there is no OAuth login to one' },
];
