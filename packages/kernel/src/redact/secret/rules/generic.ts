/** Assignments to names that sound like secrets: context alone. Reported or gated, and in code never taken out silently. */
import { formatSample } from '../format.ts';
import { chosen, plausible, weaklyPlausible } from '../plausible.ts';
import { GIVEN, type SecretRule, written } from '../rule.ts';
import type { Check } from '../validators.ts';

const VALUE = '([A-Za-z0-9_/+][A-Za-z0-9_.=~@%+/!\\-]{9,149})';
/** What may follow the word in a name: not more of the same word, as in `tokenizer` and `author`. */
const NAMED = 's?(?:[A-Z0-9_. \\t\\-][A-Za-z0-9_. \\t\\-]{0,21})?';
/** The same without spaces: a word such as `key` is too common in sentences. */
const NAMED_TIGHTLY = 's?(?:[A-Z0-9_.\\-][A-Za-z0-9_.\\-]{0,21})?';
/** A quoted value that a name is given. */
const QUOTED = `${NAMED}(?:[\\\\"'\`\\]]{1,5}[ \\t]{0,3})?(?::=|=>|[=:])[ \\t]{0,3}\\\\?["'\`]([^\\s"'\`<>{}()$,;]{8,64})`;
/** Calls, members, paths and globs go on where a value ends. */
const AFTER_VALUE = 'A-Za-z0-9_.=~@%+/([*-';

/** Of a public key, as images name the ones that they trust. */
const FINGERPRINT = /^[0-9A-F]{40}$/;

interface Generic {
  /** Pattern from the word to the value. */
  readonly lead: string;
  readonly keywords: readonly string[];
  readonly entropy: number;
  readonly check: Check;
  readonly positive: readonly string[];
  readonly negative: readonly string[];
}

function generic(id: string, title: string, { lead, ...more }: Generic): SecretRule {
  return {
    ...written(id, title, `${lead}${VALUE}`, { confidence: 1, raises: 'confidential', right: AFTER_VALUE, ...more }),
    anchor: 'end',
    left: '',
    names: true,
    yields: true,
  };
}

const random = (seed: string) => formatSample('{n:32}', seed);

export const GENERIC: readonly SecretRule[] = [
  generic('generic-api-key', 'Random value given to a name that says secret, token, password or API key', {
    lead: `${NAMED}${GIVEN}`,
    keywords: [
      'secret',
      'token',
      'password',
      'passwd',
      'passphrase',
      'pwd',
      'apikey',
      'api_key',
      'api-key',
      'access_key',
      'accesskey',
      'credential',
      'creds',
    ],
    entropy: 0.74,
    check: plausible,
    positive: [
      `api_key = "${random('g1')}"`,
      `"clientSecret": "${random('g2')}"`,
      `TOKEN=${random('g3')}`,
      `password: ${random('g4')}`,
    ],
    negative: [
      'const token = getTokenFromHeader2(request)',
      'token: process.env.API_TOKEN_2024',
      'secret = "${SECRET_V2}"',
      'password = "correct-horse-battery"',
      'apiKey: your-api-key-1234567',
      'tokenize: "string_tokenizer_2"',
      '"tokenizer": "cl100k_base_2024"',
      'api_key = "xxxxxxxxxxxxxxxxxxxx"',
      'token = "1234567890abcdef"',
      'yaml/tokens.py,sha256=lTQIzSVw8Mg9wv459-TjiOQe6wVziqaRlqX2_89rp54,2573',
      'Culture=neutral, PublicKeyToken=b77a5c561934e089',
      `ssh-rsa ${formatSample('{n:60}', 'rsa')}pwd+${formatSample('{n:60}', 'rsa2')} a@b`,
    ],
  }),
  generic('generic-key', 'Random value given to a name that says key or auth', {
    lead: `${NAMED_TIGHTLY}${GIVEN}`,
    keywords: ['key', 'auth'],
    entropy: 0.78,
    check: weaklyPlausible,
    positive: [`encryption_key: "${random('k1')}"`, `authKey=${random('k2')}`],
    negative: [
      'key: "2e1f4d86-7a3b-4c5d-9e8f-0a1b2c3d4e5f"',
      `cacheKey: "${formatSample('{h:40}', 'git')}"`,
      'key = "row-1234-column-5678"',
      `stripeKey: "${formatSample('pk_live_{n:24}', 'publishable')}"`,
      `public_key: "${random('k3')}"`,
      'author = "someone2024somewhere"',
      'keyboard: "querty_layout_104keys"',
    ],
  }),
  {
    ...written(
      'generic-variable',
      'Random value of a variable of a container image or a shell, after a space',
      `(?:ENV|setenv|setx)[ \\t]{1,4}[A-Z0-9_]{0,40}(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|PASS|PWD|PAT|CREDENTIALS|AUTH)[A-Z0-9_]{0,12}[ \\t]{1,4}["']{0,1}${VALUE}`,
      {
        keywords: ['env', 'setenv', 'setx'],
        confidence: 1,
        raises: 'confidential',
        entropy: 0.7,
        check: (value) => !FINGERPRINT.test(value) && plausible(value),
        left: 'A-Za-z0-9_-',
        right: AFTER_VALUE,
        positive: [`FROM node:20\nENV DEPLOY_TOKEN ${random('v1')}\nRUN npm ci`, `setx API_SECRET_KEY "${random('v2')}"`],
        negative: [
          'ENV DEPLOY_TOKEN $TOKEN',
          'ENV KEY_SERVERS keyserver.ubuntu.com pgp2.mit.edu',
          'ENV PATH /usr/local/bin2:/usr/bin',
          `ENV GPG_KEY ${formatSample('{U:40}', 'gpg')}`,
          `ENV COMMIT ${formatSample('{h:40}', 'commit')}`,
        ],
      },
    ),
    yields: true,
  },
  {
    ...written('generic-password', 'Quoted password in an assignment', QUOTED, {
      keywords: ['password', 'passwd', 'passphrase', 'pwd'],
      confidence: 1,
      raises: 'confidential',
      entropy: 0.6,
      check: chosen,
      // Nothing but the closing quote may follow.
      right: '^"\'`',
      positive: [`password = "${formatSample('{l:6}{d:3}', 'p1')}!"`, `DB_PASSWORD: '${formatSample('{n:9}', 'p2')}%T'`],
      negative: [
        'password = "password"',
        "password: '<password>'",
        "type='password'",
        "password_encryption: 'scram-sha-256'",
        'import { password, createCluster, SUPERUSER }',
        'password: "Passwort vergessen"',
      ],
    }),
    anchor: 'end',
    left: '',
    yields: true,
  },
];
