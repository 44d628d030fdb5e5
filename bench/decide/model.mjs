// The world that decisions are measured on: 26 actions in 5 classes, 6 families of entities, 17 members of context; 40 % of the policies grant
// teams their repositories, the rest are rules on tools, models, commands, egress and paths. Everything follows from a seed.

const NAMESPACE = 'Bench';

export const SCHEMA = `namespace ${NAMESPACE} {
  entity Team in [Team];
  entity Role enum ["planner", "editor", "executor"];
  entity Agent in [Team, Role] { tier: Long, capabilities: Set<String>, environment: String };
  entity RepoGroup in [RepoGroup];
  entity Repo in [RepoGroup] { dataClass: String, defaultBranch: String, frozenUntil?: datetime };
  entity Module in [Module, Repo] { class: String };
  entity Path in [Module, Repo] { name: String };
  entity ToolServer in [ToolServer];
  entity Tool in [ToolServer] { effect: String };
  entity ModelFamily in [ModelFamily];
  entity Model in [ModelFamily] { preview: Bool, region: String };
  entity Domain in [Domain] { category: String };
  entity Program in [Program] { network: Bool };
  type Mandate = { id: String, ticket?: String, needs: Set<String>, allows: Set<String> };
  type Ctx = {
    @from("kernel") op: String,
    @from("facts") now: datetime,
    @from("facts") approvals: Set<String>,
    @from("facts") mandate: Mandate,
    @from("facts") budgetLeftMicroUsd: Long,
    @from("facts") requestsLastMinute: Long,
    @from("facts") killed: Bool,
    @from("facts") sourceIp: ipaddr,
    @from("facts") risk: decimal,
    @from("request") estimateMicroUsd: Long,
    @from("request") dataClass: String,
    @from("request") tokens: Long,
    @from("request") branch?: String,
    @from("request") diffLines?: Long,
    @from("request") arguments?: Set<String>,
    @from("request") method?: String,
    @from("request") useCase: String,
  };
  action "class.read", "class.draft", "class.recommend", "class.mutateLow", "class.mutateHigh";
  action "repo.read", "repo.clone", "issue.read" in ["class.read"] appliesTo { principal: [Agent], resource: [Repo], context: Ctx };
  action "file.read" in ["class.read"] appliesTo { principal: [Agent], resource: [Path], context: Ctx };
  action "file.edit", "file.create", "file.delete" in ["class.draft"] appliesTo { principal: [Agent], resource: [Path], context: Ctx };
  action "branch.create", "branch.push", "commit.create" in ["class.draft"] appliesTo { principal: [Agent], resource: [Repo], context: Ctx };
  action "review.comment", "plan.propose", "test.suggest" in ["class.recommend"] appliesTo { principal: [Agent], resource: [Repo], context: Ctx };
  action "pr.open", "pr.update", "issue.comment" in ["class.mutateLow"] appliesTo { principal: [Agent], resource: [Repo], context: Ctx };
  action "pr.merge", "release.tag", "db.migrate", "deploy.run" in ["class.mutateHigh"] appliesTo { principal: [Agent], resource: [Repo], context: Ctx };
  action "tool.read" in ["class.read"] appliesTo { principal: [Agent], resource: [Tool], context: Ctx };
  action "tool.call" in ["class.mutateLow"] appliesTo { principal: [Agent], resource: [Tool], context: Ctx };
  action "model.call", "model.embed" in ["class.read"] appliesTo { principal: [Agent], resource: [Model], context: Ctx };
  action "command.run" in ["class.draft"] appliesTo { principal: [Agent], resource: [Program], context: Ctx };
  action "egress.connect" in ["class.read"] appliesTo { principal: [Agent], resource: [Domain], context: Ctx };
}
`;

const REPO_ACTIONS = [
  'repo.read',
  'repo.clone',
  'issue.read',
  'branch.create',
  'branch.push',
  'commit.create',
  'review.comment',
  'plan.propose',
  'test.suggest',
  'pr.open',
  'pr.update',
  'issue.comment',
  'pr.merge',
  'release.tag',
  'db.migrate',
  'deploy.run',
];
const PATH_ACTIONS = ['file.read', 'file.edit', 'file.create', 'file.delete'];
export const ACTION_COUNT = REPO_ACTIONS.length + PATH_ACTIONS.length + 6;

const COUNTS = {
  teams: 40,
  groups: 20,
  repos: 200,
  agents: 120,
  modules: 120,
  servers: 10,
  tools: 80,
  families: 8,
  models: 30,
  domains: 60,
  programs: 40,
};

function dice(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const below = (count) => Math.floor(next() * count);
  return { next, below, chance: (p) => next() < p, pick: (list) => list[below(list.length)] };
}

const ref = (type, id) => ({ type: `${NAMESPACE}::${type}`, id });
const text = (type, id) => `${NAMESPACE}::${type}::"${id}"`;
const act = (id) => `${NAMESPACE}::Action::"${id}"`;
const range = (count) => Array.from({ length: count }, (_, at) => at);

export function entities() {
  const roll = dice(7);
  const one = (type, id, parents, attrs = {}) => ({ uid: ref(type, id), parents, attrs });
  return [
    one('Team', 'all', []),
    ...range(COUNTS.teams).map((t) => one('Team', `t${t}`, [ref('Team', 'all')])),
    one('RepoGroup', 'all', []),
    ...range(COUNTS.groups).map((g) => one('RepoGroup', `g${g}`, [ref('RepoGroup', 'all')])),
    ...range(COUNTS.repos).map((r) =>
      one('Repo', `r${r}`, [ref('RepoGroup', `g${r % COUNTS.groups}`)], {
        dataClass: roll.pick(['public', 'internal', 'confidential']),
        defaultBranch: 'main',
        ...(roll.chance(0.05) ? { frozenUntil: '2026-12-01' } : {}),
      }),
    ),
    ...range(COUNTS.modules).map((m) =>
      one('Module', `m${m}`, [ref('Repo', `r${m % COUNTS.repos}`)], { class: m % 3 === 0 ? 'core' : 'leaf' }),
    ),
    ...range(COUNTS.agents).map((a) =>
      one('Agent', `a${a}`, [ref('Team', `t${a % COUNTS.teams}`), ref('Role', ['planner', 'editor', 'executor'][a % 3])], {
        tier: 1 + (a % 4),
        capabilities: ['typescript', 'sql', 'go'].slice(0, 1 + (a % 3)),
        environment: a % 5 === 0 ? 'production' : 'development',
      }),
    ),
    ...range(COUNTS.servers).map((s) => one('ToolServer', `s${s}`, [])),
    ...range(COUNTS.tools).map((t) =>
      one('Tool', `tool${t}`, [ref('ToolServer', `s${t % COUNTS.servers}`)], { effect: t % 2 ? 'read' : 'write' }),
    ),
    ...range(COUNTS.families).map((f) => one('ModelFamily', `f${f}`, [])),
    ...range(COUNTS.models).map((m) =>
      one('Model', `model${m}`, [ref('ModelFamily', `f${m % COUNTS.families}`)], { preview: m % 7 === 0, region: 'eu' }),
    ),
    ...range(COUNTS.domains).map((d) => one('Domain', `d${d}.example`, [], { category: d % 4 ? 'package' : 'unknown' })),
    ...range(COUNTS.programs).map((p) => one('Program', `p${p}`, [], { network: p % 3 === 0 })),
  ];
}

const access = (id) => `@id("${id}") @layer("access") @owner("team:platform")\n`;
const limit = (id, reason) =>
  `@id("${id}") @layer("limit") @owner("team:platform") @escalate("team:platform") @reason("${reason}") @message("Not allowed.")\n`;
const gate = (id, name) =>
  `@id("${id}") @layer("gate") @owner("team:platform") @escalate("team:platform") @gate("${name}") @approvers("team:${name}") @min("1") @reason("approval.${name}") @message("Needs approval.")\n`;

const FIXED = [
  `${limit('limit.killed', 'agent.killed')}forbid (principal, action, resource) when { context.killed };`,
  `${limit('limit.mandate', 'mandate.exceeded')}forbid (principal, action, resource) unless { principal.capabilities.containsAll(context.mandate.needs) && context.mandate.allows.contains(context.op) };`,
  `${limit('limit.budget', 'budget.exhausted')}forbid (principal, action, resource) when { context.estimateMicroUsd > context.budgetLeftMicroUsd };`,
  `${limit('limit.frozen', 'repo.frozen')}forbid (principal, action in [${act('class.draft')}, ${act('class.mutateLow')}, ${act('class.mutateHigh')}], resource is ${NAMESPACE}::Repo) when { resource has frozenUntil && context.now < resource.frozenUntil };`,
  `${limit('limit.own-branches', 'branch.protected')}forbid (principal, action == ${act('branch.push')}, resource) unless { context has branch && context.branch != resource.defaultBranch && context.branch like "agent/*" };`,
  `${limit('limit.network', 'network.outside')}forbid (principal, action, resource) unless { context.sourceIp.isInRange(ip("10.0.0.0/8")) };`,
  `${gate('gate.risk', 'security')}forbid (principal, action in ${act('class.mutateHigh')}, resource) when { context.risk.greaterThan(decimal("0.7")) } unless { context.approvals.contains("security") };`,
  `${access('access.read')}permit (principal in ${text('Team', 'all')}, action in ${act('class.read')}, resource in ${text('RepoGroup', 'all')}) when { context.dataClass != "confidential" };`,
  `@id("duty.evidence") @layer("obligation") @owner("team:platform") @obligation("attach-diff,link-ticket")\npermit (principal, action == ${act('pr.open')}, resource);`,
  `@id("shadow.small") @layer("limit") @mode("shadow") @since("2026-11-21") @owner("team:platform") @escalate("team:platform") @reason("diff.large") @message("Large.")\nforbid (principal, action == ${act('pr.open')}, resource) when { context has diffLines && context.diffLines > 400 };`,
];

const TEAM_GRANTS = ['class.read', 'class.draft', 'class.recommend', 'class.mutateLow'];

function rule(roll, at) {
  const team = text('Team', `t${roll.below(COUNTS.teams)}`);
  const kind = roll.next();
  if (kind < 0.4) {
    const classes = TEAM_GRANTS.slice(0, 1 + roll.below(TEAM_GRANTS.length))
      .map(act)
      .join(', ');
    const ticket = roll.chance(0.5)
      ? ' when { context.mandate has ticket }'
      : ' when { context.tokens < 200000 && principal.tier >= 1 }';
    return `${access(`access.repo-${at}`)}permit (principal in ${team}, action in [${classes}], resource in ${text('Repo', `r${roll.below(COUNTS.repos)}`)})${ticket};`;
  }
  if (kind < 0.55) {
    return `${access(`access.tool-${at}`)}permit (principal in ${team}, action in [${act('tool.call')}, ${act('tool.read')}], resource == ${text('Tool', `tool${roll.below(COUNTS.tools)}`)}) when { context.dataClass != "confidential" };`;
  }
  if (kind < 0.67) {
    return `${access(`access.model-${at}`)}permit (principal in ${team}, action == ${act('model.call')}, resource in ${text('ModelFamily', `f${roll.below(COUNTS.families)}`)}) when { !resource.preview && context.tokens <= 100000 && ["coding", "review"].contains(context.useCase) };`;
  }
  if (kind < 0.77) {
    return `${access(`access.command-${at}`)}permit (principal in ${team}, action == ${act('command.run')}, resource == ${text('Program', `p${roll.below(COUNTS.programs)}`)}) unless { resource.network };`;
  }
  if (kind < 0.85) {
    return `${access(`access.egress-${at}`)}permit (principal in ${team}, action == ${act('egress.connect')}, resource == ${text('Domain', `d${roll.below(COUNTS.domains)}.example`)}) when { context has method && ["GET", "HEAD"].contains(context.method) };`;
  }
  const module = text('Module', `m${roll.below(COUNTS.modules)}`);
  if (kind < 0.95) {
    return `${gate(`gate.path-${at}`, 'code-owner')}forbid (principal, action in ${act('class.draft')}, resource in ${module}) when { principal.tier < 4 } unless { context.approvals.contains("code-owner") };`;
  }
  return `${limit(`limit.path-${at}`, 'path.closed')}forbid (principal in ${team}, action in ${act('class.draft')}, resource in ${module});`;
}

export function policyTexts(count) {
  const roll = dice(count);
  return [...FIXED, ...range(count - FIXED.length).map((at) => rule(roll, at))];
}

/** What a team was granted, read from the policy texts themselves. */
function grantsOf(texts) {
  return texts.flatMap((policy) => {
    const found = /permit \(principal in Bench::Team::"t(\d+)", action (.*?), resource (?:in|==) Bench::(\w+)::"([^"]+)"\)/.exec(
      policy,
    );
    if (found === null) return [];
    return [
      {
        team: Number(found[1]),
        actions: [...found[2].matchAll(/Action::"([^"]+)"/g)].map((match) => match[1]),
        type: found[3],
        id: found[4],
      },
    ];
  });
}

const IN_CLASS = {
  'class.read': ['repo.read', 'repo.clone', 'issue.read', 'file.read'],
  'class.draft': ['branch.create', 'branch.push', 'commit.create', 'file.edit', 'file.create', 'file.delete'],
  'class.recommend': ['review.comment', 'plan.propose', 'test.suggest'],
  'class.mutateLow': ['pr.open', 'pr.update', 'issue.comment'],
};

function pathIn(roll, repo) {
  const path = ref('Path', `src/m/${roll.below(1000)}.ts`);
  // Modules are dealt out to the first repositories; a file elsewhere lies in its repository only.
  const parents = [...(repo < COUNTS.modules ? [ref('Module', `m${repo}`)] : []), ref('Repo', `r${repo}`)];
  return { resource: path, entities: [{ uid: path, parents, attrs: { name: path.id } }] };
}

/** Somebody of the team asks for what the team was granted. */
function granted(roll, grant) {
  const agent = grant.team + COUNTS.teams * roll.below(COUNTS.agents / COUNTS.teams);
  const named = roll.pick(grant.actions);
  const action = IN_CLASS[named] === undefined ? named : roll.pick(IN_CLASS[named]);
  if (PATH_ACTIONS.includes(action)) return { agent, action, ...pathIn(roll, Number(grant.id.slice(1))) };
  const id = grant.type === 'ModelFamily' ? `model${grant.id.slice(1)}` : grant.id;
  return { agent, action, resource: ref(grant.type === 'ModelFamily' ? 'Model' : grant.type, id) };
}

/** Anybody asks for anything. */
function arbitrary(roll) {
  const agent = roll.below(COUNTS.agents);
  const kind = roll.next();
  if (kind < 0.5) return { agent, action: roll.pick(REPO_ACTIONS), resource: ref('Repo', `r${roll.below(COUNTS.repos)}`) };
  if (kind < 0.7) return { agent, action: roll.pick(PATH_ACTIONS), ...pathIn(roll, roll.below(COUNTS.repos)) };
  if (kind < 0.85)
    return { agent, action: roll.pick(['tool.call', 'tool.read']), resource: ref('Tool', `tool${roll.below(COUNTS.tools)}`) };
  return { agent, action: roll.pick(['model.call', 'model.embed']), resource: ref('Model', `model${roll.below(COUNTS.models)}`) };
}

/** Agents mostly ask for what they were given: this share of the requests, before limits, gates and conditions. */
const GRANTED_SHARE = 0.8;

/** Requests with their facts, as the road would hand them over. */
export function requests(count, texts) {
  const roll = dice(99);
  const grants = grantsOf(texts);
  return range(count).map(() => {
    const {
      agent,
      action,
      resource,
      entities: overlay = [],
    } = roll.chance(GRANTED_SHARE) ? granted(roll, roll.pick(grants)) : arbitrary(roll);
    return {
      facts: {
        context: {
          now: '2026-11-21T10:00:00.000Z',
          approvals: roll.chance(0.2) ? ['code-owner'] : [],
          mandate: { id: 'm1', ticket: 'T-1', needs: roll.chance(0.97) ? ['typescript'] : ['go'], allows: [action, 'repo.read'] },
          budgetLeftMicroUsd: 5_000_000,
          requestsLastMinute: roll.below(50),
          killed: false,
          sourceIp: roll.chance(0.98) ? `10.1.2.${roll.below(256)}` : '192.0.2.1',
          risk: `0.${roll.below(10)}`,
        },
        entities: overlay,
      },
      request: {
        principal: ref('Agent', `a${agent}`),
        action,
        resource,
        args: {
          estimateMicroUsd: roll.chance(0.98) ? 20_000 : 9_000_000,
          dataClass: roll.chance(0.9) ? 'internal' : 'confidential',
          tokens: roll.below(100_000),
          branch: roll.chance(0.95) ? 'agent/fix-1' : 'main',
          diffLines: roll.below(600),
          arguments: ['--check', 'src'],
          method: roll.chance(0.8) ? 'GET' : 'POST',
          useCase: roll.chance(0.9) ? 'coding' : 'chat',
        },
      },
    };
  });
}
