/** Which tools of which client are governed, and as what. */
import type { HookCall } from './call.ts';
import { planCommand } from './command.ts';
import { planFiles } from './file.ts';
import { planPatch } from './patch-plan.ts';
import { type Plan, type Planning, refuse } from './planning.ts';
import { planServer } from './server.ts';

/** INVARIANT: a tool that is not named here is refused. */
export function planOf(planning: Planning): Plan {
  const { call } = planning;
  if (call.tool.startsWith('mcp__') || call.server !== undefined) return planServer(planning);
  const plans = PLANS[call.client];
  const plan = Object.hasOwn(plans, call.tool) ? plans[call.tool] : undefined;
  return (plan ?? unknownTool)(planning);
}

const unknownTool = ({ call }: Planning): Plan =>
  refuse('hook.tool', `The tool \`${call.tool}\` of this client is not one that is governed here, so it may not be used.`);

type Planner = (planning: Planning) => Plan;

const read =
  (...members: readonly string[]): Planner =>
  (planning) =>
    planFiles(planning, 'read', members);
const edit =
  (...members: readonly string[]): Planner =>
  (planning) =>
    planFiles(planning, 'edit', members);
/** The client's own affairs: its lists of things to do, its plans, questions to its user, agents whose calls are asked about one by one. */
const own: Planner = (planning) => planFiles(planning, 'read', []);

/** A pattern may begin anywhere, and climb. Where it leads is known of those only that do neither. */
const leads = (pattern: unknown): boolean =>
  typeof pattern !== 'string' || /^[/~]|\\|\.\./.test(pattern) || /[{,]\s*[/~]/.test(pattern);

const outside = refuse('hook.path', 'The pattern begins elsewhere or climbs. Name the directory in `path`.', 'repository.read');

const PLANS: Readonly<Record<HookCall['client'], Readonly<Record<string, Planner>>>> = {
  claude: {
    Bash: planCommand,
    Read: read('file_path'),
    Glob: (planning) => (leads(planning.call.input['pattern']) ? outside : read('path')(planning)),
    Grep: read('path'),
    LS: read('path'),
    NotebookRead: read('notebook_path'),
    Edit: edit('file_path'),
    MultiEdit: edit('file_path'),
    Write: edit('file_path'),
    NotebookEdit: edit('notebook_path'),
    ...Object.fromEntries(
      ['Agent', 'Task', 'TaskOutput', 'TaskStop', 'BashOutput', 'KillShell', 'ListAgents', 'ReportFindings', 'ToolSearch'].map(
        (name) => [name, own],
      ),
    ),
    ...Object.fromEntries(
      ['TodoWrite', 'TaskCreate', 'TaskGet', 'TaskList', 'TaskUpdate', 'EnterPlanMode', 'ExitPlanMode', 'AskUserQuestion'].map(
        (name) => [name, own],
      ),
    ),
    ListMcpResourcesTool: planServer,
    ReadMcpResourceTool: planServer,
  },
  codex: {
    Bash: planCommand,
    apply_patch: planPatch,
    view_image: read('path'),
    ...Object.fromEntries(
      ['update_plan', 'request_user_input', 'get_goal', 'create_goal', 'update_goal', 'tool_search'].map((name) => [name, own]),
    ),
    list_mcp_resources: planServer,
    list_mcp_resource_templates: planServer,
    read_mcp_resource: planServer,
  },
};
