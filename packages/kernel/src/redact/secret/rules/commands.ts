/** Credentials on command lines, and in the variables that commands read them from. */
import { formatSample } from '../format.ts';
import { handed, mixed, notFiller, plausible } from '../plausible.ts';
import { type SecretRule, written } from '../rule.ts';

const secret = (seed: string, format = '{n:24}'): string => formatSample(format, seed);
const password = (seed: string): string => secret(seed, '{n:10}_{d:3}');

/** A password as an argument, not the next flag: no spaces, quotes, references, or signs that the shell reads. */
const ARGUMENT = '["\']{0,1}([^\\s"\'`<>${}()[\\],;|&\\\\\\-][^\\s"\'`<>${}()[\\],;|&\\\\]{5,99})';
/** The rest of a command up to one of its flags. */
const upTo = (flag: string): string => `[^\\n|;&]{0,160}[ \\t]${flag}`;

export const COMMANDS: readonly SecretRule[] = [
  written(
    'curl-auth-user',
    'User and password on a curl command line',
    `curl[^|]{0,400}[ \\t\\n](?:-u|--user)(?:=|[ \\t]{1,5})["']?[^\\s:"'$<]{0,80}["']?:["']?([^\\s"'$<[][^\\s"'<]{2,100})`,
    {
      keywords: ['curl'],
      flags: 'i',
      check: notFiller,
      positive: [
        `curl -u deploy:${secret('curl')} https://api.acme.internal`,
        `curl -sS https://api.acme.internal --user "ci:${secret('curl2')}"`,
        `curl -k -X POST https://api.acme.internal \\\n  -H 'Content-type: text/plain' \\\n  -u developer:'${secret('curl3')}'`,
      ],
      negative: [
        'curl -u "$USER:$PASSWORD" https://api',
        'curl -u user:<password> https://api',
        'curl -u user https://api',
        'curl https://host:8080/x',
        "curl -i -u 'test:test'",
        'curl --user neo4j:[PASSWORD] http://[IP]:7474/db/data/',
        'curl -u "${{ env.ELK_ID }}:${{ build.env.ELK_PASS }}"',
      ],
    },
  ),
  written(
    'curl-auth-header',
    'Credential in a header on a curl command line',
    `curl[^|]{0,600}[ \\t\\n](?:-H|--header)[ \\t=]{0,5}["'](?:authorization:[ \\t]{0,5}(?:(?:basic|bearer|token|api-token)[ \\t])?|(?:x-(?:[a-z]{1,20}-)?)?(?:api-?)?(?:key|token):[ \\t]{0,5})([A-Za-z0-9_=~@+/.\\-]{8,900})`,
    {
      keywords: ['curl'],
      flags: 'i',
      // Nothing but the closing quote may follow.
      right: '^"\'',
      entropy: 0.6,
      check: notFiller,
      positive: [
        `curl -H "Token: ${secret('ch', '{h:16}')}" https://api.acme.internal`,
        `curl -X GET https://api.acme.internal \\\n  -H "apikey: ${secret('ch2', '{h:8}-{h:4}-{h:4}-{h:4}-{h:12}')}" \\\n  -H "Accept: text/plain"`,
        `curl --header 'Authorization: ${secret('ch3', '{n:32}')}'`,
      ],
      negative: [
        'curl -H "Authorization: Bearer $TOKEN"',
        'curl -H "Authorization: Basic ..."',
        'curl -H "Token: XXXXXXXXXXXX"',
        'curl -H "apikey: <key>"',
      ],
    },
  ),
  written('sshpass-password', 'Password given to sshpass', `sshpass[ \\t]{1,3}-p[ \\t]{0,2}${ARGUMENT}`, {
    keywords: ['sshpass'],
    flags: 'i',
    check: notFiller,
    positive: [`sshpass -p '${password('sp1')}' ssh root@10.0.0.1`, `sshpass -p${password('sp2')} scp a b:`],
    negative: ['sshpass -p "$PASSWORD" ssh root@host', 'sshpass -p <password> ssh host', 'sshpass -e ssh host'],
  }),
  written('mysql-password', 'Password on the command line of MySQL', `(?:mysql|mariadb)${upTo('-p')}${ARGUMENT}`, {
    keywords: ['mysql', 'mariadb'],
    flags: 'i',
    check: handed,
    positive: [`mysql -uroot -p${password('my1')} app`, `mysqldump -h db -u app -p'${password('my2')}' app > a.sql`],
    negative: ['mysql -u root -p app', 'mysql -u root -ppassword', 'mysql -u root -p$PASS app', 'mysql -h db -P 3306 -protocol'],
  }),
  written(
    'database-client-password',
    'Password on the command line of a database client',
    `(?:redis-cli${upTo('-a')}|mongo${upTo('-p')}|sqlcmd${upTo('-P')}|clickhouse-client${upTo('--password')})[ \\t=]{1,2}${ARGUMENT}`,
    {
      keywords: ['redis-cli', 'mongo', 'sqlcmd', 'clickhouse-client'],
      check: handed,
      positive: [
        `redis-cli -h cache.acme.internal -a ${password('rc')} ping`,
        `mongosh -u app -p ${password('mo')} admin`,
        `sqlcmd -S db -U sa -P '${password('sq')}' -Q "select 1"`,
      ],
      negative: [
        'redis-cli -a $REDIS_PASSWORD',
        'mongosh -u app -p',
        'sqlcmd -S db -U sa -P <password>',
        'redis-cli -a password',
      ],
    },
  ),
  written('login-password', 'Password given to a login command', `login${upTo('(?:-p|--password)')}[ \\t=]{1,2}${ARGUMENT}`, {
    keywords: ['login'],
    left: 'A-Za-z0-9_.-',
    check: handed,
    entropy: 0.6,
    positive: [
      `docker login -u ci --password ${password('dl')} registry.acme.internal`,
      `oc login https://api.acme.internal -u dev -p ${password('oc')}`,
    ],
    negative: ['docker login -u ci --password-stdin', 'az login -u app -p $SECRET', 'docker login -u ci -p <password>'],
  }),
  written(
    'password-variable',
    'Variable that a program reads its password from',
    '(?:PGPASSWORD|MYSQL_PWD|SSHPASS|REDISCLI_AUTH|RESTIC_PASSWORD|BORG_PASSPHRASE|BW_PASSWORD|VNC_PASSWORD)[ \\t]{0,2}[=:][ \\t]{0,2}' +
      ARGUMENT,
    {
      keywords: [
        'pgpassword',
        'mysql_pwd',
        'sshpass',
        'rediscli_auth',
        'restic_password',
        'borg_passphrase',
        'bw_password',
        'vnc_password',
      ],
      check: handed,
      positive: [`PGPASSWORD=${password('pg')} psql -h db`, `  BORG_PASSPHRASE: "${password('borg')}"`],
      negative: ['PGPASSWORD=$PASSWORD psql', 'PGPASSWORD=postgres psql', 'export PGPASSWORD=<password>'],
    },
  ),
  written('openssl-password', 'Password given to openssl', `-(?:pass|passin|passout)[ \\t]{1,3}["']{0,1}pass:${ARGUMENT}`, {
    keywords: ['-pass'],
    left: 'A-Za-z0-9-',
    check: notFiller,
    positive: [`openssl rsa -in a.pem -passin pass:${password('os')}`],
    negative: ['openssl rsa -passin pass:$PASS', 'openssl rsa -passin pass:password', 'openssl rsa -passin env:PASS'],
  }),
  written(
    'keystore-password',
    'Password of a Java keystore on a command line',
    `-(?:src|dest|new)?(?:store|key)pass[ \\t]{1,3}${ARGUMENT}`,
    {
      keywords: ['storepass', 'keypass'],
      before: [1, 5],
      left: 'A-Za-z0-9-',
      check: handed,
      positive: [`keytool -genkey -keystore a.jks -storepass ${password('ks')}`, `-deststorepass ${password('ks2')}`],
      negative: ['keytool -storepass changeit', 'keytool -storepass $PASS', 'keytool -keypass password'],
    },
  ),
  written('archive-password', 'Password of an archive on a command line', `zip${upTo('-P')}[ \\t]{0,2}${ARGUMENT}`, {
    keywords: ['zip'],
    left: '',
    check: mixed,
    positive: [`unzip -P ${password('zip')} a.zip`, `zip -r -P ${password('zip2')} a.zip b`],
    negative: ['zip -r a.zip b', 'unzip -P password a.zip', 'unzip -P "$PASS" a.zip'],
  }),
  written(
    'powershell-password',
    'Password as plain text in PowerShell',
    'convertto-securestring[ \\t]{1,3}(?:-string[ \\t]{1,3})?["\']([^\\s"\'`$<>{}]{4,100})',
    {
      keywords: ['convertto-securestring'],
      flags: 'i',
      check: notFiller,
      positive: [`$p = ConvertTo-SecureString "${password('ps')}" -AsPlainText -Force`],
      negative: ['ConvertTo-SecureString "$env:PASS" -AsPlainText', 'ConvertTo-SecureString -String "<password>"'],
    },
  ),
  written(
    'wifi-key',
    'Key of a wireless network',
    '(?:psk|wpa_passphrase|wpa-psk)["\']{0,1}[ \\t]{0,3}[=:][ \\t]{0,3}["\']{0,1}([^\\s"\'`<>${}()[\\],;|&\\\\]{8,64})',
    {
      keywords: ['psk', 'wpa_passphrase'],
      check: mixed,
      positive: [`network={\n  ssid="acme"\n  psk="${password('wifi')}"\n}`, `wpa_passphrase=${secret('wpa', '{n:12}!{d:2}')}`],
      negative: ['psk="your-wifi-password"', 'psk=$PSK', 'psk = get_psk(conn);', 'key_mgmt=WPA-PSK'],
    },
  ),
  written('cli-password-flag', 'Password on a command line', `--[a-z\\-]{0,12}pass(?:word|phrase|wd)?[ \\t=]{1,3}${ARGUMENT}`, {
    keywords: ['--pass', '--http-pass', '--ftp-pass', '--proxy-pass', '--db-pass', '--admin-pass', '--user-pass', '--root-pass'],
    left: 'A-Za-z0-9_-',
    confidence: 1,
    entropy: 0.7,
    check: handed,
    positive: [`mysql --password=${secret('mysql')} app`, `wget --user=app --http-password='${password('wget')}' https://a`],
    negative: ['mysql --password=$PASSWORD', 'docker login --password-stdin', 'login --password <password>'],
  }),
  {
    ...written(
      'cli-secret-flag',
      'Token or key on a command line',
      `--[a-z\\-]{0,24}(?:token|secret|key|pat|bearer)[ \\t=]{1,2}["']{0,1}([A-Za-z0-9_/+][A-Za-z0-9_.=~@%+/\\-]{15,149})`,
      {
        keywords: [
          '--token',
          '--api',
          '--secret',
          '--access',
          '--auth',
          '--client-secret',
          '--private',
          '--pat',
          '--key',
          '--bearer',
        ],
        left: 'A-Za-z0-9_-',
        right: 'A-Za-z0-9_.=~@%+/([*-',
        confidence: 1,
        raises: 'confidential',
        entropy: 0.74,
        check: plausible,
        positive: [`deploy --token ${secret('ct', '{n:32}')}`, `push --api-key=${secret('ck', '{h:40}')}`],
        negative: [
          'deploy --token $TOKEN',
          'push --api-key <key>',
          'sort --key column-of-the-table-2',
          'ssh --key /etc/ssh/key_2048.pem',
        ],
      },
    ),
    yields: true,
  },
  written(
    'database-server-password',
    'Password in the configuration or the language of a database',
    `(?:(?:requirepass|masterauth)[ \\t]{1,4}|identified by[ \\t]{1,4}["'])${ARGUMENT}`,
    {
      keywords: ['requirepass', 'masterauth', 'identified'],
      flags: 'i',
      check: handed,
      entropy: 0.6,
      positive: [`requirepass ${secret('rq')}`, `IDENTIFIED BY '${password('ib')}'`],
      negative: ['requirepass foobared', "IDENTIFIED BY '<password>'", 'identified by full_name.2'],
    },
  ),
  written(
    'auth-pair',
    'User and password handed to a client',
    '(?:auth=|BasicAuth|basic_auth|Credentials?|Authentication)\\(["\'][^"\'\\n]{1,60}["\'],[ ]{0,1}["\']([^\\s"\'<>$`{}]{6,100})',
    {
      keywords: ['auth=', 'basicauth', 'basic_auth', 'credential', 'authentication'],
      left: '',
      check: handed,
      entropy: 0.6,
      positive: [`requests.get(url, auth=("admin", "${password('ap')}"))`, `new NetworkCredential("app", "${secret('nc')}")`],
      negative: ['auth=("user", "password")', 'auth=(user, password)', 'HTTPBasicAuth("user", "<password>")'],
    },
  ),
  {
    ...written(
      'generic-setting',
      'Random value that a command sets',
      'configure set [A-Za-z0-9_./:@\\-]{0,80}(?:[Kk]ey|[Tt]oken|[Ss]ecret|[Pp]assword)[ \\t]{1,3}["\']{0,1}([A-Za-z0-9_/+][A-Za-z0-9_.=~@%+/\\-]{15,149})',
      {
        keywords: ['configure'],
        confidence: 1,
        raises: 'confidential',
        entropy: 0.7,
        left: 'A-Za-z0-9_-',
        right: 'A-Za-z0-9_.=~@%+/([*-',
        check: plausible,
        positive: [`aws configure set aws_secret_access_key ${secret('cs2', '{n:40}')}`],
        negative: ['aws configure set region eu-central-1', 'configure set token $TOKEN'],
      },
    ),
    yields: true,
  },
];
