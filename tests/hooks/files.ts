/** The files that an installation generates for the two clients, with the least changed in them that a test needs. */
import { editToml, withModel } from '../../packages/server/src/cli/client/probe/room.ts';
import type { ClientFile } from '../../packages/server/src/ports/clients.ts';

export interface Points {
  /** Of the installation, as the files name it. */
  readonly origin: string;
  /** Of the model, in the place of the model door. */
  readonly model: string;
  /** Where the client asks and reports, when it is not the installation. */
  readonly doors?: string;
  /** Codex asks a reviewer instead of its hooks, and only where its sandbox does not let something. */
  readonly review?: boolean;
  /** The most seconds that a client waits for an answer. */
  readonly patience?: number;
}

type Table = Record<string, unknown>;

export function filesFor(generated: readonly ClientFile[], points: Points): readonly ClientFile[] {
  const { origin, model, doors = origin } = points;
  return withModel(generated, model, { from: origin, to: doors }).map(({ name, text }) => {
    if (name === 'managed-settings.json') return { name, text: JSON.stringify(hurried(JSON.parse(text), points)) };
    return { name, text: name === 'requirements.toml' ? editToml(text, (table) => requirements(table, points)) : text };
  });
}

function requirements(given: Table, points: Points): Table {
  const table = hurried(given, points) as Table;
  // Its other form of telemetry; the generated one is read elsewhere.
  (table['otel'] as { exporter: { 'otlp-http': Table } }).exporter['otlp-http']['protocol'] = 'binary';
  return points.review === true ? reviewed(table) : table;
}

/** Every hook waits no longer than `patience`, and says so where it says anything. */
function hurried(value: unknown, points: Points): unknown {
  const { patience } = points;
  if (patience === undefined || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((each) => hurried(each, points));
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => {
      if (key === 'timeout') return [key, Math.min(patience, Number(member))];
      if (key === 'X-Countersign-Wait') return [key, String(Math.min(patience, Number(member)))];
      return [key, hurried(member, points)];
    }),
  );
}

function reviewed(table: Table): Table {
  const { SessionStart } = table['hooks'] as Table;
  // What a rule of the client forbids is reviewed by nobody.
  const { rules: _, ...rest } = table;
  return {
    ...rest,
    allowed_approval_policies: ['on-request'],
    allowed_approvals_reviewers: ['auto_review'],
    hooks: { SessionStart },
  };
}
