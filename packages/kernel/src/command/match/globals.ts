/** Options with a value that stand between the words of a call: what is left without them is what a rule that guards looks at. */
import { gitOptions } from '../unwrap/index.ts';

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

const NPM = words(
  '--prefix -C --registry --workspace -w --userconfig --globalconfig --cache --loglevel --tag --otp --access --omit --include',
);
const CONTAINERS =
  words(`-H --host -c --context --config -l --log-level --tlscacert --tlscert --tlskey -f --file -p --project-name --profile
  --project-directory --env-file --ansi --parallel`);
const KUBERNETES =
  words(`-n --namespace --context --cluster --kubeconfig --user --as --as-group --as-uid -s --server --token --request-timeout
  --certificate-authority --client-certificate --client-key --tls-server-name --cache-dir -v --v --kube-context --kube-apiserver`);

/** Options with a value in the next word, of programs whose options are known well enough. */
const VALUES: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['npm', NPM],
  ['pnpm', new Set([...NPM, '--dir', '--filter', '-F'])],
  ['yarn', words('--cwd --registry --cache-folder --modules-folder --use-yarnrc')],
  ['docker', CONTAINERS],
  ['podman', CONTAINERS],
  ['docker-compose', CONTAINERS],
  ['kubectl', KUBERNETES],
  ['oc', KUBERNETES],
  ['helm', KUBERNETES],
  ['terraform', words('')],
  ['tofu', words('')],
  ['gh', words('-R --repo --hostname')],
  ['cargo', words('--config --color -Z -C --manifest-path --target-dir -p --package')],
  [
    'aws',
    words('--profile --region --output --endpoint-url --query --color --ca-bundle --cli-read-timeout --cli-connect-timeout'),
  ],
  ['gcloud', words('--project --account --configuration --format --verbosity --impersonate-service-account --billing-project')],
  [
    'systemctl',
    words('-H --host -M --machine -t --type -p --property -n --lines -o --output --root --state --job-mode -s --signal'),
  ],
  ['make', words('-C --directory -f --file --makefile -I --include-dir -j -l -o -W')],
  ['go', words('-C')],
  ['pip', words('--log --proxy --retries --timeout --trusted-host --cert --client-cert --cache-dir --python')],
  ['apt-get', words('-c -o -t')],
  ['apt', words('-c -o -t')],
]);

/** How an option before other words is read. `unsure`: it may or may not take the next word. */
export type Width = 1 | 2 | 'unsure';

export function optionWidth(name: string, word: string): Width {
  if (word.includes('=') || word === '--') return 1;
  const known = VALUES.get(name);
  if (known === undefined) return name === 'git' ? 1 : 'unsure';
  return known.has(word) ? 2 : 1;
}

/** The words of a call behind the program; git's own options are left out, in every spelling. */
export function wordsToGuard(name: string, argv: readonly string[]): readonly string[] {
  if (name !== 'git') return argv.slice(1);
  const options = gitOptions(argv);
  return argv.slice(options.isKnown ? options.rest : 1);
}
