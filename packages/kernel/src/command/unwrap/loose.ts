/**
 * Wrappers whose options are not known here: a command may begin at any word, and any word may be a text for a shell. What is forbidden is
 * found behind them, and they always ask.
 */
import { guessedText, guesses, type Inner, type Wrapping, wraps } from './inner.ts';

const words = (text: string): readonly string[] => text.trim().split(/\s+/);

const ALWAYS =
  words(`systemd-run chronic xvfb-run faketime proot firejail bwrap prlimit setarch linux32 linux64 i386 x86_64 arch choom
  numactl cgexec cpulimit valgrind entr hyperfine ld.so ld-linux.so.2 ld-linux-x86-64.so.2 ld-linux-aarch64.so.1 ld-musl-x86_64.so.1
  ld-musl-aarch64.so.1 gdb lldb expect tmux screen pwsh powershell xonsh concurrently nodemon cross-env cross-env-shell env-cmd
  dotenv envdir envchain sshpass torsocks torify proxychains proxychains4 tsocks rlwrap sg start-stop-daemon daemonize dtach abduco chpst
  softlimit setuidgid dumb-init catatonit with-contenv at batch sem retry watchexec reflex cargo-watch wsl mpirun srun run0`);

/** Programs that are wrappers with one of these words, and something else without. */
const WITH_VERBS: readonly (readonly [names: string, verbs: string])[] = [
  ['conda mamba micromamba', 'run'],
  ['direnv asdf aws-vault chamber devcontainer tox', 'exec'],
  ['op doppler infisical volta dotenvx heroku flatpak snap', 'run'],
  ['perf', 'stat record trace'],
  ['rr', 'record'],
  ['nvm fnm', 'exec run'],
  ['corepack', 'npm npx pnpm pnpx yarn yarnpkg'],
  ['toolbox distrobox', 'run enter'],
  ['lxc incus machinectl', 'exec shell'],
  ['apptainer singularity', 'exec run shell'],
  ['vagrant gcloud fly flyctl', 'ssh'],
];

/** Words with a space in them, whole and behind a `=`, as texts. */
const texts = (argv: readonly string[]): Inner[] =>
  argv.flatMap((word) => {
    if (!/\s/.test(word)) return [];
    const value = word.slice(word.indexOf('=') + 1);
    return (value === word ? [word] : [word, value]).map(guessedText);
  });

function unwrapLoose(argv: readonly string[], verbs: ReadonlySet<string> | undefined): Wrapping | undefined {
  const from = verbs === undefined ? 1 : argv.findIndex((word, at) => at > 0 && verbs.has(word));
  if (from < 0) return undefined;
  return wraps([...texts(argv.slice(from)), ...guesses(argv, from)], 'command.unwrap');
}

/** `nix-shell`: names of packages, and a text behind `--run` or `--command`. */
function unwrapNixShell(argv: readonly string[]): Wrapping {
  return wraps(
    argv.flatMap((word, at) => (word === '--run' || word === '--command' ? argv.slice(at + 1, at + 2).map(guessedText) : [])),
    'command.unwrap',
  );
}

type MaybeUnwrap = (argv: readonly string[]) => Wrapping | undefined;

export const LOOSE_WRAPPERS: readonly (readonly [name: string, unwrap: MaybeUnwrap])[] = [
  ...ALWAYS.map((name) => [name, (argv: readonly string[]) => unwrapLoose(argv, undefined)] as const),
  ['nix-shell', unwrapNixShell],
];

export const VERB_WRAPPERS: readonly (readonly [name: string, unwrap: MaybeUnwrap])[] = WITH_VERBS.flatMap(([names, verbs]) => {
  const known = new Set(words(verbs));
  return words(names).map((name) => [name, (argv: readonly string[]) => unwrapLoose(argv, known)] as const);
});
