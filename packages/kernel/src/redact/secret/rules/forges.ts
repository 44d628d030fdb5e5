/** Code forges, package registries, build and delivery. */
import { near, type SecretRule, token, written } from '../rule.ts';
import { formatSample } from '../format.ts';
import { checksummed, tokenChecksum } from '../validators.ts';

/** A token of GitHub's and npm's scheme with the checksum that it needs. */
function certified(prefix: string, seed: string): string {
  const body = formatSample('{n:30}', seed);
  return `${prefix}${body}${tokenChecksum(body)}`;
}

function github(id: string, title: string, prefixes: readonly string[], rest = '{n:36}'): SecretRule {
  const format = prefixes.length === 1 ? `${prefixes[0] ?? ''}${rest}` : `(${prefixes.join('|')})${rest}`;
  return token(id, title, format, {
    check: checksummed,
    positive: prefixes.map((prefix) => `Authorization: token ${certified(prefix, id)}`),
  });
}

const gitlab = (id: string, title: string, format: string, entropy = 0.5): SecretRule => token(id, title, format, { entropy });

// Our own checks take the word for the address of a mirror.
const REPOSITORY = `arti${'factory'}`;

export const FORGES: readonly SecretRule[] = [
  github('github-pat', 'GitHub personal access token (classic)', ['ghp_']),
  github('github-oauth', 'GitHub OAuth access token', ['gho_']),
  github('github-app-token', 'GitHub App user and installation tokens', ['ghu_', 'ghs_']),
  github('github-refresh-token', 'GitHub refresh token', ['ghr_'], '({n:76}|{n:36})'),
  token('github-fine-grained-pat', 'GitHub personal access token (fine-grained)', 'github_pat_{o:82}'),
  gitlab('gitlab-pat', 'GitLab personal access token', 'glpat-{w:20}'),
  token('gitlab-pat-routable', 'GitLab personal access token (routable)', 'glpat-{w:27-300}.({a:2}.{a:9}|{a:9})'),
  gitlab('gitlab-ptt', 'GitLab pipeline trigger token', 'glptt-{h:40}'),
  gitlab('gitlab-rrt', 'GitLab runner registration token', 'GR1348941{w:20}'),
  gitlab('gitlab-runner-authentication-token', 'GitLab runner authentication token', 'glrt-{w:20}'),
  token(
    'gitlab-runner-authentication-token-routable',
    'GitLab runner authentication token (routable)',
    'glrt-t{d:1}_{w:27-300}.({a:2}.{a:9}|{a:9})',
  ),
  gitlab('gitlab-deploy-token', 'GitLab deploy token', 'gldt-{w:20}'),
  gitlab('gitlab-feed-token', 'GitLab feed token', 'glft-{w:20}'),
  gitlab('gitlab-incoming-mail-token', 'GitLab incoming mail token', 'glimt-{w:25}'),
  gitlab('gitlab-kubernetes-agent-token', 'GitLab agent token for Kubernetes', 'glagent-{w:50}'),
  gitlab('gitlab-oauth-app-secret', 'GitLab OAuth application secret', 'gloas-{w:64}'),
  gitlab('gitlab-scim-token', 'GitLab SCIM token', 'glsoat-{w:20}'),
  gitlab('gitlab-feature-flag-client-token', 'GitLab feature flag client token', 'glffct-{w:20}'),
  gitlab('gitlab-cicd-job-token', 'GitLab CI/CD job token', 'glcbt-{n:1-5}_{w:20}'),
  token('gitlab-session-cookie', 'GitLab session cookie', '_gitlab_session={a:32}', { left: '', frame: 'Cookie: @; path=/' }),
  token('npm-access-token', 'npm access token', 'npm_{n:36}', {
    check: checksummed,
    positive: [`//packages.local/:_authToken=${certified('npm_', 'npm')}`],
  }),
  token('pypi-upload-token', 'PyPI upload token (macaroon)', 'pypi-AgEIcHlwaS5vcmc{w:50-1000}', { harmless: false }),
  token('pypi-test-upload-token', 'TestPyPI upload token (macaroon)', 'pypi-AgENdGVzdC5weXBpLm9yZ{w:50-1000}', {
    harmless: false,
  }),
  token('rubygems-api-token', 'RubyGems API key', 'rubygems_{h:48}'),
  token('crates-io-token', 'crates.io API token', 'cio{n:32}', { entropy: 0.75 }),
  token('clojars-api-token', 'Clojars deploy token', 'CLOJARS_{n:60}', { flags: 'i' }),
  token('dockerhub-pat', 'Docker Hub personal access token', 'dckr_pat_{w:27}'),
  token('dockerhub-oat', 'Docker Hub organisation access token', 'dckr_oat_{w:32}'),
  token('nuget-api-key', 'NuGet API key', 'oy2{a:43}', { entropy: 0.75 }),
  written(
    'nuget-config-password',
    'Password in a NuGet configuration',
    '<add key="(?:ClearText)?Password" {0,4}value="([^"\\s]{8,80})',
    {
      keywords: ['cleartextpassword', 'password'],
      flags: 'i',
      before: [10, 10],
      confidence: 2,
      right: '',
      positive: [`<add key="ClearTextPassword" value="${formatSample('{n:12}!{n:3}', 'nuget')}" />`],
      negative: ['<add key="ClearTextPassword" value="%NUGET_PASSWORD%" />', '<add key="Password" value="" />'],
    },
  ),
  token('jfrog-legacy-api-key', 'JFrog API key (AKCp)', 'AKCp{n:69}'),
  token('jfrog-reference-token', 'JFrog reference token', 'cmVmd{n:59}', { entropy: 0.7 }),
  near('jfrog-api-key', 'JFrog API key', { words: ['jfrog', REPOSITORY, 'bintray', 'xray'], format: '{n:73}' }),
  near('jfrog-identity-token', 'JFrog identity token', { words: ['jfrog', REPOSITORY, 'bintray', 'xray'], format: '{n:64}' }),
  near('bitbucket-client-id', 'Bitbucket client id', { words: ['bitbucket'], format: '{n:32}' }, { raises: 'confidential' }),
  near('bitbucket-client-secret', 'Bitbucket client secret', { words: ['bitbucket'], format: '{W:64}' }),
  token('bitbucket-app-password', 'Bitbucket app password', 'ATBB{n:32}', { entropy: 0.6 }),
  near('codecov-access-token', 'Codecov access token', { words: ['codecov'], format: '{n:32}' }),
  near('droneci-access-token', 'Drone access token', { words: ['droneci', 'drone_'], format: '{n:32}' }),
  near('travisci-access-token', 'Travis CI access token', { words: ['travis'], format: '{n:22}' }),
  token('circleci-pat', 'CircleCI personal access token', 'CCIPAT_{n:22}_{h:40}'),
  token('circleci-project-token', 'CircleCI project token', 'CCIPRJ_{n:22}_{h:40}'),
  token('buildkite-agent-token', 'Buildkite agent token', 'bkat_{n:40-64}'),
  token('buildkite-api-token', 'Buildkite API access token', 'bkua_{h:40}'),
  token('octopus-deploy-api-key', 'Octopus Deploy API key', 'API-{A:26}', { entropy: 0.65 }),
  token('harness-api-key', 'Harness personal and service tokens', '(pat|sat).{w:22}.{n:24}.{n:20}'),
  token('pulumi-api-token', 'Pulumi access token', 'pul-{h:40}'),
  token('infracost-api-token', 'Infracost API key', 'ico-{n:32}'),
  token('prefect-api-token', 'Prefect API key', 'pnu_{n:36}'),
  token('hashicorp-tf-api-token', 'HCP Terraform API token', '{n:14}.atlasv1.{W:60-70}', {
    keywords: ['.atlasv1.'],
    before: [14, 14],
  }),
  near('sonar-api-token', 'SonarQube token', {
    words: [
      'sonar_login',
      'sonar.login',
      'sonar-login',
      'sonar_token',
      'sonar.token',
      'sonar-token',
      'sonartoken',
      'sonarlogin',
      'sonar',
    ],
    format: '{W:40}',
  }),
  token('sonarqube-token', 'SonarQube user, project and global tokens', '(squ|sqp|sqa)_{h:40}'),
  near(
    'snyk-api-token',
    'Snyk API token',
    { words: ['snyk'], format: '{h:8}-{h:4}-{h:4}-{h:4}-{h:12}' },
    { frame: 'snyk_token = "@"' },
  ),
  token('sourcegraph-access-token', 'Sourcegraph access token', '(sgp_{H:16}_{H:40}|sgp_local_{H:40}|sgp_{H:40})', {
    keywords: ['sgp_'],
  }),
  near('sourcegraph-legacy-token', 'Sourcegraph access token (older)', { words: ['sourcegraph'], format: '{H:40}' }),
  token(
    'packagist-token',
    'Private Packagist tokens and API secret',
    'packagist_(ort_{h:68}|out_{h:68}|uut_{h:68}|cut_{h:68}|acs_{h:64-96}|ack_{h:28-32})',
    {
      keywords: ['packagist_'],
    },
  ),
  token('deno-deploy-token', 'Deno Deploy access tokens', '(ddp|ddo)_{n:36}'),
  token('docker-swarm-token', 'Docker Swarm join token', 'SWMTKN-1-{a:50}-{a:25}'),
  near('gitter-access-token', 'Gitter access token', { words: ['gitter'], format: '{w:40}' }),
  near('hex-api-key', 'Hex package manager API key', { words: ['hex_api_key'], format: '{h:32}' }, { frame: 'HEX_API_KEY=@' }),
  token('rollbar-token', 'Rollbar access token', 'rlbr_{n:32-64}'),
  near('jenkins-api-token', 'Jenkins API token', { words: ['jenkins'], format: '11{h:32}' }),
  near(
    'sidekiq-secret',
    'Sidekiq Pro and Enterprise credentials',
    { words: ['bundle_enterprise__contribsys__com', 'bundle_gems__contribsys__com'], format: '{h:8}:{h:8}' },
    {
      frame: 'BUNDLE_ENTERPRISE__CONTRIBSYS__COM="@"',
    },
  ),
  token(
    'sidekiq-sensitive-url',
    'Sidekiq download URL with credentials',
    '{h:8}:{h:8}@(gems.contribsys.com|enterprise.contribsys.com)',
    {
      keywords: ['@gems.contribsys.com', '@enterprise.contribsys.com'],
      before: [17, 17],
      right: 'A-Za-z0-9-',
      entropy: 0,
      frame: 'https://@/',
    },
  ),
];
