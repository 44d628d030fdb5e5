// Cases in Cedar's public test format, through the command that ships: whoever wants to run their own uses the same.
export const conformanceOf = (root) => [
  {
    name: 'conformance',
    args: [`${root}/packages/server/dist/cli/main.js`, 'policy', 'conform', 'tests/conformance'],
    looked: (text) => Number(/(\d+) (?:cases?|passed)/.exec(text)?.[1] ?? 0),
  },
];
