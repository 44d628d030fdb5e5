import { isRecord, type Json, type JsonRecord } from '@countersign/kernel/json';
import { pathOf } from '../../client/index.ts';
import { type Call, cell, table } from '../call.ts';
import { connect } from '../connect.ts';
import { CliError, type ExitName } from '../exit.ts';
import { dryQuery, member, pageQuery, showOne, showPage, told } from '../remote.ts';

const methodsOf = (value: Json | undefined): string =>
  Array.isArray(value) && value.length > 0 ? value.map((each) => cell(each as Json)).join(' ') : 'any';

const GRANT_COLUMNS = [
  member('id', 'grant'),
  member('host'),
  ['for', ({ scope, of }: JsonRecord) => `${cell(scope)}:${cell(of)}`],
  ['methods', ({ methods }: JsonRecord) => methodsOf(methods)],
  member('by'),
  member('expiresAt', 'until'),
  member('revokedAt', 'revoked'),
] as const;

export function list(call: Call): Promise<void> {
  if (call.flag('grants'))
    return showPage(call, '/api/v1/egress/grants', {
      query: { limit: call.integer('limit'), ...(call.flag('all') ? {} : { standing: 'true' }) },
      columns: GRANT_COLUMNS,
      none: 'No grant stands.',
    });
  return showPage(call, '/api/v1/egress/hosts', {
    query: pageQuery(call),
    columns: [
      member('host'),
      member('runs'),
      member('denials', 'denied'),
      member('repositoryCount', 'repositories'),
      member('uploadBytes', 'sent'),
      member('downloadBytes', 'received'),
      member('firstSeen', 'since'),
      member('lastSeen', 'last'),
      member('approver', 'let pass by'),
    ],
    none: 'No sandbox reached anything yet.',
  });
}

export async function show(call: Call): Promise<void> {
  const { json } = await connect(call).get(pathOf`/api/v1/egress/hosts/${call.arg(0)}`);
  if (call.json) return call.print(json);
  const { says, grants, ...rest } = json;
  call.write(`${cell(says)}\n`);
  showOne(call, rest);
  const rows = Array.isArray(grants) ? (grants as readonly Json[]).filter(isRecord) : [];
  if (rows.length > 0)
    call.write(
      table(
        GRANT_COLUMNS.map(([head]) => head),
        rows.map((row) => GRANT_COLUMNS.map(([, value]) => value(row))),
      ),
    );
}

/** Exit `denied` where the rules deny, `pending` where a person would be asked: scripts can tell. */
export async function check(call: Call): Promise<ExitName> {
  const { json } = await connect(call).get('/api/v1/egress/check', {
    url: call.arg(0),
    method: call.text('method')?.toUpperCase(),
    environment: call.text('environment'),
    repository: call.text('repository'),
    useCase: call.text('useCase'),
    profile: call.text('profile'),
  });
  showOne(call, json);
  const { verdict } = json;
  if (verdict === 'deny') return 'denied';
  return verdict === 'ask' || verdict === 'unfamiliar' ? 'pending' : 'ok';
}

export async function grant(call: Call): Promise<ExitName> {
  const [scope, ...more] = (['run', 'task', 'repository'] as const).filter((name) => call.text(name) !== undefined);
  if (scope === undefined || more.length > 0)
    throw new CliError('usage', 'exactly one of `--run`, `--task` and `--repository` says for what');
  const named = call.list('method').map((method) => method.toUpperCase());
  const methods = call.flag('anyMethod') ? [] : named.length > 0 ? named : ['GET', 'HEAD'];
  const body = {
    host: call.arg(0),
    scope,
    of: call.need(scope),
    methods,
    minutes: call.integer('minutes') ?? 60,
    reason: call.need('reason'),
  };
  const answer = await connect(call).post('/api/v1/egress/grants', body, { query: dryQuery(call) });
  const { id, expiresAt } = answer.json;
  return told(call, answer, `granted: ${cell(id)} until ${cell(expiresAt)}`);
}

export async function revoke(call: Call): Promise<ExitName> {
  const path = pathOf`/api/v1/egress/grants/${call.arg(0)}/revoke`;
  const answer = await connect(call).post(path, { reason: call.need('reason') }, { query: dryQuery(call) });
  return told(call, answer, `revoked: ${call.arg(0)}`);
}
