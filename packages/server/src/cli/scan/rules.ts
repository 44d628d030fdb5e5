/** The rules as they are listed: in the terminal, and, the very same text, in docs/scanning.md. */
import type { RuleInfo } from '@countersign/kernel/redact';

interface RuleRow {
  readonly id: string;
  readonly kind: string;
  readonly title: string;
  readonly raises: string;
}

export const ruleRows = (rules: readonly RuleInfo[]): RuleRow[] =>
  rules.map(({ id, kind, title, raises }) => ({ id, kind, title, raises }));

/** A Markdown table. */
export function rulesTable(rules: readonly RuleInfo[]): string {
  const rows = ruleRows(rules).map(({ id, kind, title, raises }) => `| \`${id}\` | ${kind} | ${title} | ${raises} |`);
  return ['| rule | kind | what | raises to |', '|---|---|---|---|', ...rows].join('\n');
}
