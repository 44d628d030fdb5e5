/** Credentials that are known by what stands around them: URLs, headers, and the files of common programs. */
import { base64Encode, utf8Encode } from '../../../ledger/index.ts';
import { formatSample } from '../format.ts';
import { type SecretRule, written } from '../rule.ts';
import { mixed, notAWord, notDefault, opaque } from '../plausible.ts';
import { basicPair } from '../validators.ts';

const secret = (seed: string, format = '{n:24}'): string => formatSample(format, seed);
const pair = base64Encode(utf8Encode(`deploy:${secret('docker')}`));

/** A value in a header or a flag: anything but spaces, quotes and what opens a reference. */
const BARE = '[A-Za-z0-9_~+/.=\\-]';

/** An entry below `data:`, with a comment before it, in a line or in a block. Its group is the value. */
const DATA = `data:\\s{1,8}(?:#[^\\n]{0,200}\\n\\s{0,12})?[a-z0-9_.\\-]{1,60}:[ \\t]{1,4}(?:[|>][+\\-]?\\s{1,12})?["']{0,1}([a-z0-9+/]{10,400}={0,2})`;

export const COMPOSED: readonly SecretRule[] = [
  written(
    'url-password',
    'Password in a URL',
    '://[^\\s/?#@:"\'`<>{}()[\\]\\\\$,|]{0,80}:([^\\s/?#@"\'`<>{}()[\\]\\\\$,|]{3,200})',
    {
      keywords: ['://'],
      check: notDefault,
      left: '',
      follows: '@',
      positive: [
        `postgres://app:${secret('pg')}@db.internal:5432/app`,
        `https://user:${secret('u')}@host/path`,
        `redis://:${secret('redis')}@cache:6379/0`,
      ],
      negative: [
        'https://user@host/path',
        'https://host:8080/a@b',
        'postgres://user:${PASSWORD}@host',
        'postgres://user:<password>@host',
        'https://example.com:443/x',
        'https://user:pass@host/x',
        'amqp://guest:guest@mq:5672',
        'postgres://postgres:postgres@localhost/app',
      ],
    },
  ),
  written(
    'http-authorization',
    'Authorization header with a bearer token',
    `authorization["'\`]{0,1}[ \\t]{0,3}[:=,][ \\t]{0,3}["'\`]{0,1}(?:bearer|token|apikey|api-key)[ \\t]{1,3}(${BARE}{12,900})`,
    {
      keywords: ['authorization'],
      flags: 'i',
      left: '',
      right: 'A-Za-z0-9_~+/=-',
      entropy: 0.6,
      check: opaque,
      positive: [
        `Authorization: Bearer ${secret('bearer', '{n:40}')}`,
        `-H "Authorization: token ${secret('tok', '{n:32}')}"`,
        `'authorization': 'Bearer ${secret('js', '{n:32}')}'`,
      ],
      negative: [
        'Authorization: Bearer <token>',
        'Authorization: Bearer ${TOKEN}',
        'authorization: Bearer your-access-token',
        "['authorization', 'Bearer provider-secret-key']",
      ],
    },
  ),
  written(
    'http-basic-auth',
    'Authorization header with user and password',
    `authorization["'\`]{0,1}[ \\t]{0,3}[:=,][ \\t]{0,3}["'\`]{0,1}basic[ \\t]{1,3}([A-Za-z0-9+/]{8,400}={0,2})`,
    {
      keywords: ['authorization'],
      flags: 'i',
      left: '',
      right: 'A-Za-z0-9+/=',
      check: basicPair,
      positive: [`Authorization: Basic ${pair}`, `curl -H 'Authorization: Basic ${pair}' https://api.local`],
      negative: ['Authorization: Basic realm="x"', 'Authorization: Basic abcdefgh'],
    },
  ),
  written(
    'http-api-key',
    'API key in a header',
    `(?:x-(?:api-?key|auth-token|access-token|api-token)|private-token)["'\`]{0,1}[ \\t]{0,2}[:=,][ \\t]{0,3}["'\`]{0,1}(${BARE}{16,400})`,
    {
      keywords: ['x-api-key', 'x-apikey', 'x-auth-token', 'x-access-token', 'x-api-token', 'private-token'],
      flags: 'i',
      left: '',
      right: 'A-Za-z0-9_~+/=-',
      entropy: 0.65,
      positive: [`curl -H "X-Api-Key: ${secret('xak', '{n:32}')}"`, `PRIVATE-TOKEN: ${secret('pt', '{w:26}')}`],
      negative: ['X-Api-Key: <key>', 'x-api-key: ${process.env.KEY}', "headers['x-api-key']"],
    },
  ),
  written(
    'kubernetes-secret-yaml',
    'Value in a Kubernetes Secret',
    `kind["']{0,1}:[ \\t]{1,4}["']{0,1}secret["']{0,1}\\s[^{}]{0,400}${DATA}`,
    {
      keywords: ['kind'],
      flags: 'i',
      right: 'A-Za-z0-9+/=',
      positive: [
        `apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\ndata:\n  password: ${base64Encode(utf8Encode(secret('k8s')))}\n`,
        `kind: "Secret"\ndata:\n  # as base 64\n  .config: |\n    ${base64Encode(utf8Encode(secret('k8s2')))}\n`,
      ],
      negative: [
        'kind: Secret\nmetadata:\n  name: db\ndata:\n  password: {{ .Values.password }}\n',
        'kind: ConfigMap\ndata:\n  level: information1234\n',
        'kind: Secret\ntype: Opaque\ndata:\n  csrf: ""\n',
      ],
    },
  ),
  written(
    'kubernetes-secret-yaml-data-first',
    'Kubernetes Secret whose data come first',
    `${DATA.replace('([a-z0-9', '(?:[a-z0-9')}["']?\\s[^{}]{0,200}kind["']{0,1}:[ \\t]{1,4}["']{0,1}secret`,
    {
      keywords: ['data:'],
      flags: 'i',
      right: 'A-Za-z0-9_',
      left: 'A-Za-z0-9_',
      harmless: false,
      positive: [
        `apiVersion: v1\ndata:\n  password: ${base64Encode(utf8Encode(secret('k8s3')))}\n  user: YWRtaW4=\nkind: Secret\n`,
      ],
      negative: [
        'data:\n  password: {{ .Values.password }}\nkind: Secret\n',
        'data:\n  level: information1234\nkind: ConfigMap\n',
      ],
    },
  ),
  written(
    'netrc-password',
    'Password in a netrc file',
    'machine[ \\t]{1,4}[^\\s]{1,100}\\s{1,8}login\\s{1,8}[^\\s]{1,100}\\s{1,8}password\\s{1,8}([^\\s<${][^\\s<$]{2,199})',
    {
      keywords: ['machine'],
      check: notAWord,
      positive: [
        `machine git.acme.internal login deploy password ${secret('netrc')}`,
        `machine api.acme.internal\n  login ci\n  password ${secret('netrc2')}`,
      ],
      negative: [
        'machine learning login page password reset',
        'machine host login user password <token>',
        'machine {host} login {user} password {self.password}',
      ],
    },
  ),
  written(
    'npmrc-auth',
    'Credential in an npm configuration',
    '_(?:authToken|auth|password)(?: {0,2}= {0,2}| )"{0,1}([A-Za-z0-9+/=_.\\-]{16,400})',
    {
      keywords: ['_authtoken', '_auth', '_password'],
      left: 'A-Za-z0-9_.',
      right: 'A-Za-z0-9+/=_-',
      entropy: 0.6,
      positive: [
        `//npm.acme.internal/:_authToken=${secret('npmrc', '{h:8}-{h:4}-{h:4}-{h:4}-{h:12}')}`,
        `_auth = ${pair}`,
        `npm config set //npm.acme.internal/:_authToken ${secret('npmset', '{n:36}')}`,
      ],
      negative: ['//npm.acme.internal/:_authToken=${NPM_TOKEN}', '_auth=short', 'missing_auth = CalculateMissingAuth(x)'],
    },
  ),
  written('docker-auth', 'Registry credential in a Docker configuration', 'auth" {0,2}: {0,2}"([A-Za-z0-9+/]{8,600}={0,2})', {
    keywords: ['auth'],
    left: '',
    right: 'A-Za-z0-9+/=',
    check: basicPair,
    positive: [`{"auths":{"registry.acme.internal":{"auth":"${pair}"}}}`],
    negative: ['{"auth":"oauth2client"}', '{"auths":{"registry.acme.internal":{}}}'],
  }),
  written(
    'kubeconfig-client-key',
    'Client key in a kubeconfig',
    'client-key-data["\']{0,1}: {0,3}["\']{0,1}([A-Za-z0-9+/]{100,4000}={0,2})',
    {
      keywords: ['client-key-data'],
      right: 'A-Za-z0-9+/=',
      harmless: false,
      positive: [`    client-key-data: ${secret('kube', '{b:120}')}==`],
      negative: ['    client-certificate-data: LS0tLS1CRUdJTg==', 'client-key-data: REDACTED'],
    },
  ),
  written('gcp-service-account-key-id', 'Google service account key file', 'private_key_id" {0,2}: {0,2}"([0-9a-f]{40})', {
    keywords: ['private_key_id'],
    left: '',
    positive: [`"type": "service_account", "private_key_id": "${secret('gcp', '{h:40}')}"`],
    negative: ['"private_key_id": "<id>"'],
  }),
  written(
    'connection-password',
    'Password in a connection string',
    '[?&;](?:password|pwd)=([^\\s"\'`<>${}()[\\]\\\\,;&]{6,100})',
    {
      keywords: [';password=', '&password=', '?password=', ';pwd=', '&pwd=', '?pwd='],
      flags: 'i',
      left: '',
      check: mixed,
      positive: [
        `Server=tcp:sql.acme.internal,1433;User ID=app;Password=${secret('ado', '{n:12}!{n:4}')};Encrypt=True;`,
        `jdbc:mysql://db.acme.internal/app?user=app&password=${secret('jdbc', '{l:6}-{d:4}')}&useSSL=true`,
        `Driver={ODBC Driver 18 for SQL Server};UID=app;PWD=${secret('odbc', '{n:12}_{d:3}')};`,
      ],
      negative: [
        'Server=db;User ID=app;Password={0};',
        'Server=db;User ID=app;Password=your_password;',
        'user=app&password=${PASSWORD}',
        'User ID=sa;Pwd=;Database=app',
        'e.user=t;password=n.value;',
      ],
    },
  ),
];
