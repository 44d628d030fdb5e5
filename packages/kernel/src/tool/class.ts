/**
 * The action class of a tool. The operator decides; without one the strictest counts of what the server says and what the name says, and
 * where nothing is said it is mutate-high. What a server says of itself can raise a class and never lowers one.
 */
import { ACTION_CLASSES, type ActionClass } from '../action/index.ts';
import { isRecord, type JsonRecord } from '../json.ts';

const HIGHEST: ActionClass = 'mutate-high';

const rankOf = (name: ActionClass): number => ACTION_CLASSES.indexOf(name);
export const stricterClass = (a: ActionClass, b: ActionClass): ActionClass => (rankOf(a) >= rankOf(b) ? a : b);
export const isLowerClass = (a: ActionClass, b: ActionClass): boolean => rankOf(a) < rankOf(b);

/** Words of a name that change much, or what cannot be taken back. One of them anywhere in the name is enough. */
const HIGH = words(`delete remove drop destroy purge wipe erase kill terminate revoke exec execute run eval shell bash sudo deploy
  apply migrate grant transfer pay charge refund merge force overwrite reset rollback shutdown reboot restart publish release truncate
  install uninstall impersonate decrypt rotate format unlink rm`);
/** Words of a name that change something. */
const LOW =
  words(`create add update set write edit move rename put post patch send insert upsert append assign unassign comment close
  open reopen label upload save start stop cancel approve submit invite enable disable trigger invoke call push commit lock unlock archive
  modify change replace copy subscribe unsubscribe import book order schedule notify reply message mark link toggle register make`);
/** A name that begins with one of them and has none of the others reads. */
const READ =
  words(`get list read search find fetch query describe show view count check lookup inspect status stat tree diff explain
  summarize exists ping echo browse preview retrieve resolve compare validate`);

function words(text: string): ReadonlySet<string> {
  return new Set(text.split(/\s+/));
}

/** `createIssue`, `create_issue`, `issues.create` and `HTTPGet` as lower-case words. */
const wordsOf = (name: string): string[] =>
  name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');

/** What the name suggests; undefined where it says nothing. */
export function verbClass(name: string): ActionClass | undefined {
  const parts = wordsOf(name);
  if (parts.some((word) => HIGH.has(word))) return 'mutate-high';
  if (parts.some((word) => LOW.has(word))) return 'mutate-low';
  return READ.has(parts[0] ?? '') || READ.has(parts.at(-1) ?? '') ? 'read' : undefined;
}

/**
 * What the annotations say, with the protocol's own defaults: destructive unless denied. Undefined where there are none, or none about
 * this. A server that contradicts itself is taken at its worse word.
 */
export function annotationClass(annotations: unknown): ActionClass | undefined {
  if (!isRecord(annotations)) return undefined;
  const { readOnlyHint, destructiveHint } = annotations;
  if (typeof readOnlyHint !== 'boolean' && typeof destructiveHint !== 'boolean') return undefined;
  if (destructiveHint === true) return HIGHEST;
  if (readOnlyHint === true) return 'read';
  return destructiveHint === false ? 'mutate-low' : HIGHEST;
}

/** What a tool is taken for while no operator has spoken. */
export const suggestedClass = (definition: JsonRecord): ActionClass =>
  stricterClass(annotationClass(definition['annotations']) ?? HIGHEST, verbClass(String(definition['name'])) ?? HIGHEST);

/** What a name alone suggests, as an operator's file is read: a lower class needs a reason. */
export const nameSuggests = (name: string): ActionClass => verbClass(name) ?? HIGHEST;

/** What the method of an HTTP operation suggests. */
export function methodClass(method: string): ActionClass {
  const name = method.toUpperCase();
  if (name === 'GET' || name === 'HEAD') return 'read';
  return name === 'POST' ? 'mutate-low' : HIGHEST;
}

/** The class that counts. A reason lets the operator go below what the server says; without one the server's word can still raise it. */
export function effectiveToolClass(
  definition: JsonRecord,
  operator: { readonly class: ActionClass | null; readonly reason: string | null },
): ActionClass {
  if (operator.class === null) return suggestedClass(definition);
  if (operator.reason !== null && operator.reason.trim() !== '') return operator.class;
  const said = annotationClass(definition['annotations']);
  return said === undefined ? operator.class : stricterClass(operator.class, said);
}
