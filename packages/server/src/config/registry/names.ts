/** Agent names that tell. A name is read in logs, approvals and bills by people who have nothing else to go by. */

export interface NameFacts {
  readonly id: string;
  readonly purpose: string;
  readonly team: string;
  readonly role: string;
  readonly environment: string;
}

export interface NameProblem {
  readonly message: string;
  /** A name built from team, purpose, role and environment. */
  readonly proposed: string;
}

/** Parts that tell nothing: every agent is an agent, and a product's name does not say what it does here. */
const VAGUE = new Set(
  'agent agents bot bots robot ai llm gpt assistant copilot helper worker thing stuff misc temp tmp foo bar baz demo sample example my our your the a an new old main default generic common codex claude gemini gpt5 openai anthropic v1 v2 v3 test1 x y z app project'.split(
    ' ',
  ),
);
/** Telling among others, vague when nothing but such words is left. */
const WEAK = new Set('test tests testing dev run runner job task work do code coding'.split(' '));
/** Parts of a purpose that carry no meaning in a name. */
const FILLER = new Set(
  'the a an and or of in on at to for from with without by into over its their it that which when where only all any each every new this these those is are be as not no agent bot'.split(
    ' ',
  ),
);
const TELLING_MIN = 3;
const PROPOSED_WORDS = 2;

/** Undefined for a name that tells what the agent works on, what it does and where. */
export function nameProblem(facts: NameFacts): NameProblem | undefined {
  const { id, environment } = facts;
  const refuse = (why: string): NameProblem => ({ message: `The name \`${id}\` ${why}.`, proposed: proposedName(facts) });
  if (!id.endsWith(`-${environment}`)) return refuse(`does not end in its environment, \`-${environment}\``);
  const parts = id.slice(0, -environment.length - 1).split(/[-.]/);
  const telling = parts.filter((part) => !VAGUE.has(part) && !/^\d+$/.test(part) && part.length > 1);
  if (telling.every((part) => WEAK.has(part))) return refuse('says nothing about what the agent works on');
  const vague = parts.find((part) => VAGUE.has(part));
  if (vague !== undefined && telling.length < TELLING_MIN) return refuse(`is vague: \`${vague}\` says nothing about it`);
  if (telling.length < TELLING_MIN) {
    return refuse(
      `has ${telling.length} telling ${telling.length === 1 ? 'part' : 'parts'} before its environment, and needs ${TELLING_MIN}: what it works on, what it does there, and its role`,
    );
  }
  return undefined;
}

/** `payments-repairs-failing-editor-dev` */
export function proposedName({ purpose, team, role, environment }: NameFacts): string {
  const words = purpose.toLowerCase().match(/[a-z][a-z0-9]+/g) ?? [];
  const telling = words.filter(
    (word) => !FILLER.has(word) && !VAGUE.has(word) && word !== team && word !== role && word !== environment,
  );
  const chosen = [...new Set(telling)].slice(0, PROPOSED_WORDS);
  return [team, ...chosen, role, environment].join('-');
}
