/** Case files to plain cases: fixtures laid under them, matrices multiplied out. */
import type { ActionRequest, EntityRecord, EntityRef, Facts } from '@countersign/kernel/action';
import { isRecord, type Json, type JsonRecord } from '@countersign/kernel/json';
import type { Findings, Place } from '../finding.ts';
import type { CasesFile, Expectation } from '../schema/cases.ts';
import { nearest } from '../schema/nearest.ts';
import type { Parsed } from '../schema/parse.ts';

export interface PolicyCase {
  readonly name: string;
  readonly place: Place;
  readonly request: ActionRequest;
  readonly facts: Facts;
  readonly expect: Expectation;
}

type Base = CasesFile['fixtures'][string];
type Case = CasesFile['cases'][number];
type Matrix = CasesFile['matrix'][number];

/** All matrices together; a test suite that takes minutes is not run. */
export const CASES_MAX = 50_000;
/** Fixtures may build on one another, within reason. */
const FIXTURE_DEPTH_MAX = 8;

export function expandCases(files: readonly Parsed<CasesFile>[], namespace: string, findings: Findings): readonly PolicyCase[] {
  const fixtures = collectFixtures(files, findings);
  const expanded: PolicyCase[] = [];
  const add = (made: readonly PolicyCase[], place: Place): void => {
    if (expanded.length + made.length > CASES_MAX)
      findings.error(place, { code: 'case.too-many', message: `There are more than ${CASES_MAX} cases.` });
    else expanded.push(...made);
  };
  for (const file of files) {
    file.value.cases.forEach((each, index) => {
      const place = file.at('cases', index);
      const base = resolve(each, fixtures, { place, findings });
      if (base !== undefined) add([toCase(each, base, { namespace, place })], place);
    });
    file.value.matrix.forEach((each, index) => {
      const place = file.at('matrix', index);
      const base = resolve(each, fixtures, { place, findings });
      if (base !== undefined)
        add(
          multiply(each).map((one) => toCase(one, base, { namespace, place })),
          place,
        );
    });
  }
  return expanded;
}

function collectFixtures(files: readonly Parsed<CasesFile>[], findings: Findings): ReadonlyMap<string, Base> {
  const fixtures = new Map<string, Base>();
  for (const file of files) {
    for (const [name, fixture] of Object.entries(file.value.fixtures)) {
      if (fixtures.has(name))
        findings.error(file.at('fixtures', name), {
          code: 'case.fixture-twice',
          message: `The fixture \`${name}\` is there twice.`,
        });
      fixtures.set(name, fixture);
    }
  }
  return fixtures;
}

/** Members of the case win over those of its fixture, record by record; null takes a member away. */
function resolve(
  own: Base,
  fixtures: ReadonlyMap<string, Base>,
  where: { place: Place; findings: Findings },
  depth = 0,
): Base | undefined {
  if (own.fixture === undefined) return own;
  const below = fixtures.get(own.fixture);
  if (below === undefined || depth >= FIXTURE_DEPTH_MAX) {
    const near = nearest(own.fixture, fixtures.keys());
    const message = below === undefined ? `There is no fixture \`${own.fixture}\`.` : 'Fixtures build on one another too deeply.';
    where.findings.error(where.place, {
      code: 'case.fixture',
      message,
      ...(near === undefined || below !== undefined ? {} : { hint: `did you mean \`${near}\`?` }),
    });
    return undefined;
  }
  const base = resolve(below, fixtures, where, depth + 1);
  if (base === undefined) return undefined;
  const members = (name: 'args' | 'facts') => overlay(base[name] as JsonRecord, own[name] as JsonRecord);
  return { args: members('args'), facts: members('facts'), entities: [...base.entities, ...own.entities] };
}

function overlay(under: JsonRecord, over: JsonRecord): Record<string, Json> {
  const merged: Record<string, Json> = { ...under };
  for (const [name, value] of Object.entries(over)) {
    const below = merged[name];
    if (value === null) delete merged[name];
    else merged[name] = isRecord(value) && isRecord(below) ? overlay(below, value) : value;
  }
  return merged;
}

function multiply(matrix: Matrix): Case[] {
  return matrix.principals.flatMap((principal) =>
    matrix.actions.flatMap((action) =>
      matrix.resources.map((resource): Case => {
        const fits = (list: readonly string[] | undefined, value: string): boolean => list === undefined || list.includes(value);
        const exception = matrix.except.find(
          (each) => fits(each.principals, principal) && fits(each.actions, action) && fits(each.resources, resource),
        );
        const { args, facts, entities } = matrix;
        return {
          name: `${matrix.name}: ${principal} ${action} ${resource}`,
          principal,
          action,
          resource,
          args,
          facts,
          entities,
          expect: exception?.expect ?? matrix.expect,
        };
      }),
    ),
  );
}

function toCase(each: Case, base: Base, where: { namespace: string; place: Place }): PolicyCase {
  const { namespace, place } = where;
  const refOf = (text: string): EntityRef => {
    const at = text.indexOf('::');
    return { type: `${namespace}::${text.slice(0, at)}`, id: text.slice(at + 2) };
  };
  const entities = base.entities.map(
    ({ uid, parents, attrs }): EntityRecord => ({ uid: refOf(uid), parents: parents.map(refOf), attrs: attrs as JsonRecord }),
  );
  return {
    name: each.name,
    place,
    request: {
      principal: refOf(each.principal),
      action: each.action,
      resource: refOf(each.resource),
      args: base.args as JsonRecord,
    },
    facts: { context: base.facts as JsonRecord, ...(entities.length === 0 ? {} : { entities }) },
    expect: each.expect,
  };
}
