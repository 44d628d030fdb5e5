/** A small governance example: every layer, overlays, extension types, an enumerated type and a shadow policy. */

export const EXAMPLE_SCHEMA = `namespace Gov {
  entity Org; entity Team in [Team, Org]; entity RepoGroup in [Org]; entity Role enum ["planner", "editor", "executor"];
  entity Agent in [Team, Role] { grants: Set<RepoGroup>, capabilities: Set<String> };
  entity Repo in [RepoGroup] { defaultBranch: String, dataClass: String, frozenUntil?: datetime };
  entity Module in [Module, Repo] { class: String }; entity Path in [Module, Repo] { name: String };
  type Mandate = { id: String, ticket?: String, needs: Set<String>, allows: Set<String> };
  type Ctx = {
    @from("kernel") op: String, @from("facts") now: datetime, @from("facts") approvals: Set<String>, @from("facts") mandate: Mandate,
    @from("facts") budgetLeftMicroUsd: Long, @from("request") estimateMicroUsd: Long, @from("request") branch?: String,
    @from("request") diffLines?: Long,
  };
  action "class.read", "class.draft", "class.mutateLow", "class.mutateHigh";
  action "file.edit" in ["class.draft"] appliesTo { principal: [Agent], resource: [Path], context: Ctx };
  action "branch.push" in ["class.draft"] appliesTo { principal: [Agent], resource: [Repo], context: Ctx };
  action "pr.open" in ["class.mutateLow"] appliesTo { principal: [Agent], resource: [Repo], context: Ctx };
  action "db.migrate" in ["class.mutateHigh"] appliesTo { principal: [Agent], resource: [Repo], context: Ctx };
}
`;

export const EXAMPLE_POLICIES = `@id("access.editor-drafts") @layer("access") @owner("team:platform")
permit (principal in Gov::Role::"editor", action in [Gov::Action::"class.draft", Gov::Action::"pr.open"], resource)
when { resource in principal.grants && context.mandate has ticket };
@id("access.executor-migrates") @layer("access") @owner("team:platform")
permit (principal in Gov::Role::"executor", action == Gov::Action::"db.migrate", resource) when { resource in principal.grants };

@id("limit.mandate") @layer("limit") @reason("mandate.exceeded") @owner("team:platform") @escalate("team:platform")
@message("The mandate does not cover this.") @instead("ask for a wider mandate")
forbid (principal, action, resource)
unless { principal.capabilities.containsAll(context.mandate.needs) && context.mandate.allows.contains(context.op) };
@id("limit.budget") @layer("limit") @reason("budget.exhausted") @owner("team:finops") @escalate("team:finops")
@message("The estimate is above what is left.")
forbid (principal, action, resource) when { context.estimateMicroUsd > context.budgetLeftMicroUsd };
@id("limit.frozen") @layer("limit") @reason("repo.frozen") @owner("team:release") @escalate("team:release")
@message("The repository is frozen.")
forbid (principal, action in [Gov::Action::"class.draft", Gov::Action::"class.mutateLow", Gov::Action::"class.mutateHigh"],
  resource is Gov::Repo)
when { resource has frozenUntil && context.now < resource.frozenUntil };
@id("limit.own-branches") @layer("limit") @reason("branch.protected") @owner("team:platform") @escalate("team:platform")
@message("Push to an agent/ branch and open a pull request.") @instead("branch agent/<task>")
forbid (principal, action == Gov::Action::"branch.push", resource)
unless { context has branch && context.branch != resource.defaultBranch && context.branch like "agent/*" };

@id("gate.core-owner") @layer("gate") @gate("code-owner") @approvers("codeowners") @min("1") @reason("approval.code-owner")
@message("Protected module: a code owner must approve.") @escalate("team:payments-owners") @owner("team:security")
forbid (principal, action in Gov::Action::"class.draft", resource in Gov::Module::"payments:core")
unless { context.approvals.contains("code-owner") };
@id("gate.core-second") @layer("gate") @gate("code-owner") @approvers("codeowners") @min("2") @reason("approval.second")
@message("Ledger code: two code owners must approve.") @escalate("team:payments-owners") @owner("team:security")
forbid (principal, action in Gov::Action::"class.draft", resource in Gov::Module::"payments:core:ledger")
unless { context.approvals.contains("code-owner") };
@id("gate.dba") @layer("gate") @gate("dba") @approvers("team:dba") @min("1") @reason("approval.dba")
@message("Database migrations need a DBA.") @escalate("team:dba-oncall") @owner("team:dba")
forbid (principal, action == Gov::Action::"db.migrate", resource) unless { context.approvals.contains("dba") };

@id("duty.pr-evidence") @layer("obligation") @obligation("attach-diff-summary,link-ticket,require-ci") @owner("team:platform")
permit (principal, action == Gov::Action::"pr.open", resource);
@id("shadow.small-diffs") @layer("limit") @mode("shadow") @since("2026-11-21") @reason("diff.too-large") @owner("team:platform")
@escalate("team:platform") @message("Diff above 400 lines.")
forbid (principal, action == Gov::Action::"pr.open", resource) when { context has diffLines && context.diffLines > 400 };
`;

const gov = (type: string, id: string) => ({ type: `Gov::${type}`, id });

export const EXAMPLE_ENTITIES = [
  { uid: gov('Org', 'acme'), parents: [], attrs: {} },
  { uid: gov('Team', 'payments'), parents: [gov('Org', 'acme')], attrs: {} },
  { uid: gov('RepoGroup', 'payments'), parents: [gov('Org', 'acme')], attrs: {} },
  { uid: gov('RepoGroup', 'web'), parents: [gov('Org', 'acme')], attrs: {} },
  {
    uid: gov('Agent', 'payments-editor'),
    parents: [gov('Team', 'payments'), gov('Role', 'editor')],
    attrs: { grants: [gov('RepoGroup', 'payments')], capabilities: ['typescript', 'sql'] },
  },
  {
    uid: gov('Agent', 'payments-executor'),
    parents: [gov('Team', 'payments'), gov('Role', 'executor')],
    attrs: { grants: [gov('RepoGroup', 'payments')], capabilities: ['typescript', 'sql'] },
  },
  {
    uid: gov('Repo', 'ledger'),
    parents: [gov('RepoGroup', 'payments')],
    attrs: { defaultBranch: 'main', dataClass: 'internal' },
  },
  {
    uid: gov('Repo', 'frozen'),
    parents: [gov('RepoGroup', 'payments')],
    attrs: { defaultBranch: 'main', dataClass: 'internal', frozenUntil: '2026-12-01' },
  },
  { uid: gov('Repo', 'shop'), parents: [gov('RepoGroup', 'web')], attrs: { defaultBranch: 'main', dataClass: 'public' } },
  { uid: gov('Module', 'payments:core'), parents: [gov('Repo', 'ledger')], attrs: { class: 'core' } },
  { uid: gov('Module', 'payments:core:ledger'), parents: [gov('Module', 'payments:core')], attrs: { class: 'core' } },
];

export const EXAMPLE_FACTS = {
  now: '2026-11-21T10:00:00.000Z',
  approvals: [],
  mandate: { id: 'm1', ticket: 'PAY-1', needs: ['sql'], allows: ['file.edit', 'branch.push', 'pr.open', 'db.migrate'] },
  budgetLeftMicroUsd: 5_000_000,
};
