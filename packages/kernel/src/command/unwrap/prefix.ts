/** Wrappers that run the words behind their own options. */
import type { Code } from '../code.ts';
import { guessedText, guesses, type Inner, inner, type Unwrap, type Wrapping, wraps } from './inner.ts';
import { type Grammar, has, type Options, OTHER, readOptions, valuesOf } from './options.ts';

interface Prefix {
  readonly grammar: Grammar;
  /** Words between the options and the command. */
  readonly operands?: number;
  /** `NAME=value` words may stand before the command. */
  readonly takesAssignments?: boolean;
  /** Options with which no other program is run. */
  readonly without?: readonly string[];
  readonly codes?: readonly Code[];
  /** Given only options from this list, the wrapper has no effect beside the command's. */
  readonly harmless?: readonly string[];
}

const ASSIGNED = /^[^=]+=/;
/** Variables that hold a program, or a text for the shell, which other programs run. */
const RUNS =
  /^(?:GIT_(?:SSH(?:_COMMAND)?|EXTERNAL_DIFF|PAGER|EDITOR|SEQUENCE_EDITOR|ASKPASS|PROXY_COMMAND)|PAGER|MANPAGER|EDITOR|VISUAL|BROWSER|SSH_ASKPASS|SUDO_ASKPASS|LESSOPEN|LESSCLOSE|PROMPT_COMMAND|RSYNC_RSH|CVS_RSH)=(.+)$/s;

const assigned = (words: readonly string[]): Inner[] =>
  words.flatMap((word) => {
    const text = RUNS.exec(word)?.[1];
    return text === undefined ? [] : [guessedText(text)];
  });

/** Whether these options have no effect beside the command's. */
const areHarmless = (prefix: Prefix, options: Options): boolean =>
  prefix.harmless !== undefined && options.given.every(({ name }) => prefix.harmless?.includes(name) === true);

/** Most wrappers end where `--` stands for a program, since none is called so; some take it as the end of their own words. */
const behindDashes = (argv: readonly string[], at: number): number => (argv[at] === '--' ? at + 1 : at);

function unwrapPrefix(argv: readonly string[], prefix: Prefix): Wrapping {
  const codes = prefix.codes ?? [];
  const options = readOptions(argv, 1, prefix.grammar);
  if (!options.isKnown) return wraps(guesses(argv, 1), 'command.unwrap', ...codes);
  if (has(options, ...(prefix.without ?? []))) return wraps([], ...codes);
  let at = options.rest;
  while (prefix.takesAssignments === true && ASSIGNED.test(argv[at] ?? '')) at += 1;
  const isSet = at > options.rest;
  at = behindDashes(argv, at + (prefix.operands ?? 0));
  return {
    inners: [...assigned(argv.slice(options.rest, at)), ...inner(argv.slice(at))],
    codes: isSet ? [...codes, 'command.environment'] : codes,
    isTransparent: !isSet && at < argv.length && areHarmless(prefix, options),
  };
}

const PRIVILEGE: readonly Code[] = ['command.privilege'];

const UNSHARE_LONG =
  `mount? uts? ipc? net? pid? user? cgroup? time? fork mount-proc? map-user= map-group= map-users= map-groups= map-auto
  map-root-user map-current-user map-subids propagation= setgroups= setuid= setgid= root= wd= keep-caps kill-child? monotonic= boottime=
  load-interp= help version`.split(/\s+/);
const NSENTER_LONG =
  `all target= mount? uts? ipc? net? pid? user? cgroup? time? setuid= setgid= root? wd? wdns= env follow-context
  preserve-credentials keep-caps no-fork join-cgroup user-parent net-socket= help version`.split(/\s+/);
const SUDO_LONG =
  `askpass background bell close-from= chdir= preserve-env? edit group= set-home host= login remove-timestamp reset-timestamp
  list no-update non-interactive preserve-groups prompt= chroot= role= stdin shell type= command-timeout= other-user= user= validate
  help version`.split(/\s+/);

const PREFIXES: Readonly<Record<string, Prefix>> = {
  nice: { grammar: { values: 'n', long: ['adjustment='], other: /^-[-+]?\d+$/ }, harmless: ['-n', '--adjustment', OTHER] },
  ionice: {
    grammar: {
      values: 'cnpPu',
      flags: 'thV',
      long: ['class=', 'classdata=', 'pid=', 'pgid=', 'uid=', 'ignore', 'help', 'version'],
    },
    without: ['-p', '-P', '-u', '--pid', '--pgid', '--uid'],
  },
  nohup: { grammar: { long: ['help', 'version'] } },
  setsid: { grammar: { flags: 'cfwhV', long: ['ctty', 'fork', 'wait', 'help', 'version'] } },
  stdbuf: {
    grammar: { values: 'ioe', long: ['input=', 'output=', 'error=', 'help', 'version'] },
    harmless: ['-i', '-o', '-e', '--input', '--output', '--error'],
  },
  timeout: {
    grammar: {
      values: 'ks',
      flags: 'vfp',
      long: ['kill-after=', 'signal=', 'foreground', 'preserve-status', 'verbose', 'help', 'version'],
    },
    operands: 1,
    harmless: ['-k', '-s', '-v', '-f', '-p', '--kill-after', '--signal', '--foreground', '--preserve-status', '--verbose'],
  },
  time: {
    grammar: {
      values: 'fo',
      flags: 'apvqlhV',
      long: ['format=', 'output=', 'append', 'portability', 'verbose', 'quiet', 'help', 'version'],
    },
  },
  sudo: {
    grammar: { values: 'aCcDghpRrTtUu', flags: 'ABbEeHiKklNnPSsVv', long: SUDO_LONG },
    takesAssignments: true,
    codes: PRIVILEGE,
  },
  doas: { grammar: { values: 'aCu', flags: 'Lns' }, codes: PRIVILEGE },
  pkexec: { grammar: { long: ['user=', 'disable-internal-agent', 'keep-cwd', 'help', 'version'] }, codes: PRIVILEGE },
  gosu: { grammar: {}, operands: 1, codes: PRIVILEGE },
  'su-exec': { grammar: {}, operands: 1, codes: PRIVILEGE },
  setpriv: {
    grammar: {
      flags: 'dhV',
      long: `ambient-caps= bounding-set= inh-caps= clear-groups dump groups= init-groups keep-groups list-caps no-new-privs pdeathsig= ptracer=
        regid= rgid= egid= reuid= ruid= euid= reset-env securebits= selinux-label= apparmor-profile= landlock-access= landlock-rule=
        seccomp-filter= help version`.split(/\s+/),
    },
    codes: PRIVILEGE,
  },
  chroot: {
    grammar: { values: 'ugG', flags: 'n', long: ['groups=', 'userspec=', 'skip-chdir', 'help', 'version'] },
    operands: 1,
    codes: PRIVILEGE,
  },
  unshare: { grammar: { values: 'SGRwl', flags: 'fmuinpUCTrchV', long: UNSHARE_LONG }, codes: PRIVILEGE },
  nsenter: { grammar: { values: 'tSGWN', optional: 'muinpUCTrw', flags: 'aFZeckhV', long: NSENTER_LONG }, codes: PRIVILEGE },
  command: { grammar: { flags: 'pvV' }, without: ['-v', '-V'], harmless: [] },
  exec: { grammar: { values: 'a', flags: 'cl' }, codes: ['command.lasting'] },
  builtin: { grammar: {}, codes: ['command.lasting'] },
  noglob: { grammar: {} },
  nocorrect: { grammar: {} },
  coproc: { grammar: {} },
  '-': { grammar: {} },
  chrt: {
    grammar: {
      values: 'TPD',
      flags: 'abdfiormRpvhV',
      long: `all-tasks batch deadline fifo idle max other pid rr reset-on-fork sched-runtime= sched-period= sched-deadline= verbose help
        version`.split(/\s+/),
    },
    operands: 1,
    without: ['-p', '--pid', '-m', '--max'],
  },
  taskset: {
    grammar: { flags: 'acphV', long: ['all-tasks', 'cpu-list', 'pid', 'help', 'version'] },
    operands: 1,
    without: ['-p', '--pid'],
  },
  strace: {
    grammar: { values: 'abEeIoOpPsSuUX', flags: 'AcCdDfFhikKnNqrtTvVwxyYzZ' },
    without: ['-p'],
  },
  ltrace: { grammar: { values: 'aAeFlnopsuwxX', flags: 'bcCfhiLrStTV' }, without: ['-p'] },
  fakeroot: { grammar: { values: 'lfsib', flags: 'uhv', long: ['lib=', 'faked=', 'unknown-is-real', 'help', 'version'] } },
  'dbus-run-session': { grammar: { long: ['config-file=', 'dbus-daemon=', 'help', 'version'] } },
  catchsegv: { grammar: {} },
  unbuffer: { grammar: { flags: 'p' } },
  caffeinate: { grammar: { values: 'tw', flags: 'disum' } },
  tini: { grammar: { values: 'pe', flags: 'svwgl' } },
};

const ENV_GRAMMAR: Grammar = {
  values: 'uCSaP',
  flags: 'i0v',
  long: `ignore-environment null unset= chdir= split-string= argv0= block-signal? default-signal? ignore-signal? list-signal-handling debug
    help version`.split(/\s+/),
  // A lone dash is short for `-i`, and options go on behind it.
  other: /^-$/,
};

const ENV_TOKEN = /'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|\\(.)|([^\s'"\\]+)|(\s+)/gs;

/** The words that `env -S` makes of a text, near enough to find what must not run; nothing is allowed by it. */
function envWords(text: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  for (const [, single, double, escape, bare, space] of text.matchAll(ENV_TOKEN)) {
    const isBreak = space !== undefined || escape === '_';
    if (!isBreak) word = (word ?? '') + (single ?? double?.replace(/\\(.)/gs, '$1') ?? escape ?? bare ?? '');
    else if (word !== undefined) {
      words.push(word);
      word = undefined;
    }
  }
  return word === undefined ? words : [...words, word];
}

/** `env`: assignments among its options, and text that it takes apart by rules of its own. */
function unwrapEnv(argv: readonly string[]): Wrapping {
  const options = readOptions(argv, 1, ENV_GRAMMAR);
  if (!options.isKnown) return wraps(guesses(argv, 1), 'command.unwrap');
  const texts = valuesOf(options, '-S', '--split-string');
  if (texts.length === 0)
    return unwrapPrefix(argv, {
      grammar: ENV_GRAMMAR,
      takesAssignments: true,
      harmless: [],
      codes: options.given.length > 0 ? ['command.environment'] : [],
    });
  // What stands behind the text may be options of `env`, or of the program that the text names.
  const at = argv.findIndex((word) => /^(?:-[a-zA-Z0-9]*S|--s)/.test(word));
  const behind = argv.slice(at + (/^(?:-[a-zA-Z0-9]*S|--s[a-z-]*)$/.test(argv[at] ?? '') ? 2 : 1));
  const words = ['env', ...envWords(texts.join(' '))];
  return wraps(
    [argv.slice(options.rest), behind].map((rest) => ({ kind: 'argv', argv: [...words, ...rest], isGuess: true })),
    'command.unwrap',
  );
}

/** `flock`: a file, then a command, or `-c` and a text. */
function unwrapFlock(argv: readonly string[]): Wrapping {
  const long =
    `shared exclusive unlock nonblock timeout= wait= conflict-exit-code= close no-fork verbose command= help version`.split(' ');
  const options = readOptions(argv, 1, { values: 'wEc', flags: 'sxeunoFhV', long });
  if (!options.isKnown) return wraps(guesses(argv, 1), 'command.unwrap');
  const rest = argv.slice(options.rest + 1);
  const text = valuesOf(options, '-c', '--command')[0] ?? (rest[0] === '-c' || rest[0] === '--command' ? rest[1] : undefined);
  return text === undefined ? wraps(inner(rest)) : wraps([{ kind: 'text', text, dialect: 'sh' }]);
}

export const PREFIX_WRAPPERS: readonly (readonly [name: string, unwrap: Unwrap])[] = [
  ...Object.entries(PREFIXES).map(([name, prefix]) => [name, (argv: readonly string[]) => unwrapPrefix(argv, prefix)] as const),
  ['env', unwrapEnv],
  ['flock', unwrapFlock],
];
