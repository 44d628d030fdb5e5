/** What taints a task: it saw private data, it read what strangers wrote, it can send something out. */
export const TAINTS = ['private', 'untrusted', 'egress'] as const;
export type Taint = (typeof TAINTS)[number];
