/** Launchers: they fetch or enter something else, and run it there. */
import { guessedText, guesses, type Inner, type Wrapping, wraps } from './inner.ts';
import { type Grammar, readOptions, valuesOf } from './options.ts';

interface Launcher {
  /** Words of the program that make it launch; none: every call does. */
  readonly verbs: readonly (readonly string[])[];
  readonly grammar: Grammar;
  /** Words between the options and the command: an image, a container, an environment. */
  readonly operands?: number;
  /** The command stands behind `--` only. */
  readonly needsDashes?: boolean;
  /** Options whose value is a text for a shell. */
  readonly texts?: readonly string[];
}

const NPX: Grammar = {
  values: 'pcw',
  flags: 'yqs',
  long: `package= call= workspace= prefix= registry= userconfig= cache= loglevel= yes no quiet silent workspaces include-workspace-root
    ignore-existing no-install prefer-offline offline`.split(/\s+/),
};
const PNPM: Grammar = {
  values: 'CFc',
  flags: 'rw',
  long: [
    'package=',
    'dir=',
    'filter=',
    'shell-mode',
    'silent',
    'recursive',
    'parallel',
    'workspace-root',
    'allow-build=',
    'reporter=',
  ],
};
const DOCKER_FLAGS =
  `detach init interactive tty rm privileged read-only publish-all quiet sig-proxy? no-healthcheck oom-kill-disable
  disable-content-trust? use-api-socket no-deps service-ports use-aliases build remove-orphans no-tty no-TTY help`.split(/\s+/);
/** Every other long option of docker has a value. */
const DOCKER: Grammar = { values: 'acehlmpuvw', flags: 'ditPqT', long: DOCKER_FLAGS };
const KUBECTL: Grammar = {
  values: 'cfns',
  flags: 'itq',
  long: `container= filename= namespace= pod-running-timeout= context= kubeconfig= cluster= user= server= stdin tty quiet`.split(
    /\s+/,
  ),
};
const PYTHON_TOOLS: Grammar = {
  values: 'pPiwf',
  flags: 'qvnU',
  long: `from= with= with-editable= with-requirements= python= index-url= extra-index-url= index= directory= project= env-file= spec= pip-args=
    package= group= extra= refresh isolated no-cache offline quiet verbose no-project frozen locked verbose include-deps
    system-site-packages no-cache active all-extras dev no-dev`.split(/\s+/),
};

const LAUNCHERS: readonly (readonly [names: string, Launcher])[] = [
  ['npx bunx pnpx', { verbs: [], grammar: NPX, texts: ['-c', '--call'] }],
  ['npm', { verbs: [['exec'], ['x']], grammar: NPX, texts: ['-c', '--call'] }],
  ['pnpm', { verbs: [['dlx'], ['exec']], grammar: PNPM }],
  ['yarn', { verbs: [['dlx'], ['exec']], grammar: { values: 'p', flags: 'q', long: ['package=', 'quiet', 'silent'] } }],
  ['bun', { verbs: [['x']], grammar: { values: 'p', long: ['package=', 'bun', 'silent'] } }],
  ['uvx', { verbs: [], grammar: PYTHON_TOOLS }],
  ['uv', { verbs: [['run'], ['tool', 'run']], grammar: PYTHON_TOOLS }],
  ['pipx', { verbs: [['run']], grammar: PYTHON_TOOLS }],
  ['poetry pipenv rye hatch pdm', { verbs: [['run']], grammar: {} }],
  ['bundle', { verbs: [['exec']], grammar: { long: ['keep-file-descriptors', 'gemfile='] } }],
  ['rbenv pyenv nodenv mise', { verbs: [['exec'], ['x']], grammar: {}, operands: 0 }],
  [
    'docker podman nerdctl',
    {
      verbs: [['run'], ['exec'], ['container', 'run'], ['container', 'exec'], ['compose', 'run'], ['compose', 'exec']],
      grammar: DOCKER,
      operands: 1,
    },
  ],
  ['docker-compose podman-compose', { verbs: [['run'], ['exec']], grammar: DOCKER, operands: 1 }],
  ['kubectl oc', { verbs: [['exec'], ['run'], ['debug']], grammar: KUBECTL, operands: 1 }],
  ['busybox toybox', { verbs: [], grammar: {} }],
  ['nix', { verbs: [['run'], ['shell'], ['develop']], grammar: {}, needsDashes: true }],
];

/** Where the words of a verb end, options before and between them left out; undefined where it is another one. */
function afterVerb(argv: readonly string[], verb: readonly string[]): number | undefined {
  let at = 1;
  for (const word of verb) {
    let [skips, from] = [0, at];
    while (from < argv.length && argv[from] !== word && (argv[from]?.startsWith('-') === true || skips > 0)) {
      skips = argv[from]?.startsWith('-') === true ? 1 : 0;
      from += 1;
    }
    if (argv[from] !== word) return undefined;
    at = from + 1;
  }
  return at;
}

/** Words behind which an image may stand. */
const ENTERED_MAX = 64;

/** A container may begin with another program than its image says: with the words behind the image, wherever that stands. */
function entered(argv: readonly string[], from: number): Inner[] {
  const at = argv.findIndex((word, index) => index >= from && /^--entrypoint(?:=|$)/.test(word));
  const program = argv[at]?.split('=')[1] ?? argv[at + 1];
  if (at < 0 || program === undefined) return [];
  const rests = Array.from({ length: Math.min(argv.length - at, ENTERED_MAX) }, (_, index) => argv.slice(at + 1 + index));
  return rests.map((rest): Inner => ({ kind: 'argv', argv: [program, ...rest], isGuess: true }));
}

function launched(argv: readonly string[], from: number, launcher: Launcher): Inner[] {
  const options = readOptions(argv, from, launcher.grammar);
  const texts = valuesOf(options, ...(launcher.texts ?? [])).map(guessedText);
  const dashes = argv.indexOf('--', from);
  const behind = dashes < 0 ? [] : [argv.slice(dashes + 1)];
  if (!options.isKnown || launcher.needsDashes === true) return [...texts, ...entered(argv, from), ...guesses(argv, from)];
  const words = argv.slice(options.rest + (launcher.operands ?? 0));
  // A word with a space in it may be read by a shell.
  if (/\s/.test(words[0] ?? '')) texts.push(guessedText(words.join(' ')));
  return [...texts, ...[words, ...behind].map((one): Inner => ({ kind: 'argv', argv: stripDashes(one), isGuess: true }))].filter(
    (one) => one.kind !== 'argv' || one.argv.length > 0,
  );
}

/** `npm exec pkg -- words` and `kubectl exec pod -- words`. */
const stripDashes = (words: readonly string[]): readonly string[] => (words[0] === '--' ? words.slice(1) : words);

function unwrapLauncher(argv: readonly string[], launcher: Launcher): Wrapping | undefined {
  if (launcher.verbs.length === 0) return wraps(launched(argv, 1, launcher), 'command.launcher');
  for (const verb of launcher.verbs) {
    const from = afterVerb(argv, verb);
    if (from !== undefined) return wraps(launched(argv, from, launcher), 'command.launcher');
  }
  return undefined;
}

export const LAUNCH_WRAPPERS: readonly (readonly [name: string, unwrap: (argv: readonly string[]) => Wrapping | undefined])[] =
  LAUNCHERS.flatMap(([names, launcher]) =>
    names.split(' ').map((name) => [name, (argv: readonly string[]) => unwrapLauncher(argv, launcher)] as const),
  );
