/**
 * What a server offered, made ready to be compared: members that count, pins, findings. Nothing of an offer gets any further than here
 * unless its pin is approved.
 */
import { createHash } from 'node:crypto';
import { asFault, Fault } from '@countersign/kernel/fault';
import { isRecord, type Json, type JsonRecord } from '@countersign/kernel/json';
import { canonicalize, type Sha256 } from '@countersign/kernel/ledger';
import {
  type DefinitionFinding,
  FINDINGS_MAX,
  hiddenText,
  type JudgeDefinition,
  mentions,
  readDefinition,
  type ServerIdentity,
  serverPins,
  type ServerPins,
  sizeProblem,
  toolPin,
} from '@countersign/kernel/tool';
import type { ServerOffer } from '../../ports/tool.ts';

export const sha256: Sha256 = (bytes) => createHash('sha256').update(bytes).digest();

/** More of one server are refused: nobody would read them. */
export const TOOLS_MAX = 1_000;
const PROMPTS_MAX = 500;
const RESOURCES_MAX = 2_000;
const INSTRUCTIONS_LENGTH_MAX = 32_768;

export interface ReadTool {
  readonly name: string;
  readonly pin: string;
  readonly definition: JsonRecord;
  readonly findings: readonly DefinitionFinding[];
}

export interface RefusedTool {
  readonly name: string;
  /** Public sentence. */
  readonly reason: string;
}

export interface ReadOffer {
  readonly era: ServerOffer['era'];
  readonly protocolVersion: string | null;
  readonly capabilities: JsonRecord;
  readonly identity: ServerIdentity;
  readonly identityFindings: readonly DefinitionFinding[];
  readonly pins: ServerPins;
  readonly tools: readonly ReadTool[];
  readonly refused: readonly RefusedTool[];
  /** Not pinned, since they come and go; what was found in their texts is left out. */
  readonly resources: readonly JsonRecord[];
  readonly ttlMs: number | null;
}

export interface ReadTerms {
  readonly server: string;
  readonly judge: JudgeDefinition;
  /** Ids of all other servers. */
  readonly others: ReadonlySet<string>;
  /** Findings that are known already, by pin: what was judged once is not judged again. */
  readonly known: (name: string, pin: string) => readonly DefinitionFinding[] | undefined;
}

/** Findings of the checks that always run and of the one handed in. One that fails is a finding, not a pass. */
function judged(value: Json, { judge, others }: ReadTerms): readonly DefinitionFinding[] {
  const own = [...hiddenText(value), ...mentions(value, others)];
  try {
    return [...own, ...judge(value)].slice(0, FINDINGS_MAX);
  } catch {
    return [...own, { rule: 'scan-failed', kind: 'hidden', path: '', excerpt: 'The scanner failed on this definition.' }];
  }
}

/** @throws Fault tool.result when it cannot be read at all */
export function readOffer(offer: ServerOffer, terms: ReadTerms): ReadOffer {
  try {
    return read(offer, terms);
  } catch (thrown) {
    throw new Fault('tool.result', 'The server offers what has no canonical form, so it cannot be pinned.', {
      internal: asFault(thrown).message,
      cause: thrown,
    });
  }
}

function read(offer: ServerOffer, terms: ReadTerms): ReadOffer {
  const identity = identityOf(offer);
  const { tools, refused } = readTools(offer, terms);
  const pins = serverPins(terms.server, identity, tools, sha256);
  const { instructions, prompts, resourceTemplates } = identity;
  return {
    era: offer.era,
    protocolVersion: offer.protocolVersion,
    capabilities: sizeProblem(offer.capabilities) === undefined ? offer.capabilities : {},
    identity,
    identityFindings: terms.known('', pins.identity) ?? judged({ instructions, prompts, resourceTemplates }, terms),
    pins,
    tools,
    refused,
    resources: listed(offer.resources, RESOURCES_MAX).filter((each) => isCanonical(each) && judged(each, terms).length === 0),
    ttlMs: offer.ttlMs,
  };
}

function identityOf({ launch, instructions, prompts, resourceTemplates }: ServerOffer): ServerIdentity {
  if ((instructions?.length ?? 0) > INSTRUCTIONS_LENGTH_MAX)
    throw new Fault('tool.result', `The instructions are longer than ${INSTRUCTIONS_LENGTH_MAX} characters.`);
  return {
    launch,
    instructions,
    prompts: listed(prompts, PROMPTS_MAX),
    resourceTemplates: listed(resourceTemplates, PROMPTS_MAX),
  };
}

/** Without icons, which a client would fetch; what is too large to be read is left out, and so is neither pinned nor shown. */
const listed = (list: readonly JsonRecord[], max: number): JsonRecord[] =>
  list
    .slice(0, max)
    .filter((each) => isRecord(each) && sizeProblem(each) === undefined)
    .map(({ icons: _, ...rest }) => rest);

function isCanonical(value: Json): boolean {
  try {
    canonicalize(value);
    return true;
  } catch {
    return false;
  }
}

function readTools(offer: ServerOffer, terms: ReadTerms): { tools: readonly ReadTool[]; refused: readonly RefusedTool[] } {
  const refused: RefusedTool[] = [...offer.dropped];
  const tools = new Map<string, ReadTool>();
  const twice = new Set<string>();
  offer.tools.forEach((raw, index) => {
    const tool = index < TOOLS_MAX ? readTool(raw, terms) : { reason: `The server has more than ${TOOLS_MAX} tools.` };
    const name = typeof raw['name'] === 'string' ? raw['name'].slice(0, 128) : '';
    if ('reason' in tool) refused.push({ name, reason: tool.reason });
    else if (tools.has(tool.name)) twice.add(tool.name);
    else tools.set(tool.name, tool);
  });
  for (const name of twice) {
    tools.delete(name);
    refused.push({ name, reason: 'Two tools of this server have the same name.' });
  }
  return { tools: [...tools.values()], refused };
}

/** Names are checked here too: what cannot be called is never stored, approved or shown. */
const NAME = /^[\x21-\x7e]+$/;

function readTool(raw: unknown, terms: ReadTerms): ReadTool | { readonly reason: string } {
  const definition = readDefinition(raw);
  if (!definition.ok) return { reason: definition.reason };
  const { name } = definition;
  if (!NAME.test(name)) return { reason: 'Its name has characters beyond printable ASCII.' };
  try {
    const pin = toolPin(terms.server, definition.definition, sha256);
    return { ...definition, pin, findings: terms.known(name, pin) ?? judged(definition.definition, terms) };
  } catch (thrown) {
    return { reason: `It has no canonical form: ${asFault(thrown).publicText}.` };
  }
}
