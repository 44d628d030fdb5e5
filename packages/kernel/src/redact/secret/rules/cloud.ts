/** Clouds, hosting, networks and databases as a service. */
import { near, type SecretRule, token, written } from '../rule.ts';
import { formatSample } from '../format.ts';
import type { Check } from '../validators.ts';

const Q_KEYWORDS = Array.from({ length: 10 }, (_, digit) => `${digit}q~`);

/** Members of an object look like the older tokens, but for the digits. */
const hasDigit: Check = (value) => /[0-9]/.test(value);

export const CLOUD: readonly SecretRule[] = [
  token('aws-access-token', 'AWS access key id', '(AKIA|ASIA|ABIA|ACCA){r:16}', {
    entropy: 0.6,
    negative: [`aws_key = "AKIA${'IOSFODNN7EXAMPLE'}"`],
  }),
  token('aws-legacy-access-token', 'AWS access key id (older)', 'A3T{A:1}{r:16}', { entropy: 0.7 }),
  near(
    'aws-secret-access-key',
    'AWS secret access key',
    {
      words: [
        'aws_secret',
        'aws.secret',
        'awssecret',
        'secretaccesskey',
        'secret_access_key',
        'secret_key',
        'secretkey',
        'aws_sec',
      ],
      format: '{b:40}',
    },
    {
      entropy: 0.72,
      frame: 'aws_secret_access_key = @',
    },
  ),
  near(
    'aws-session-token',
    'AWS session token',
    { words: ['session_token', 'sessiontoken', 'security-token', 'security_token'], format: '(IQoJ|FwoG|FQoG){b:100-1000}' },
    {
      frame: 'aws_session_token = @',
      right: 'A-Za-z0-9+/',
      harmless: false,
    },
  ),
  token('aws-bedrock-api-key', 'Amazon Bedrock API key', 'ABSKQmVkcm9ja0FQSUtleS{b:80-270}', { harmless: false }),
  token(
    'aws-bedrock-short-key',
    'Amazon Bedrock API key (short-lived)',
    'bedrock-api-key-YmVkcm9jay5hbWF6b25hd3MuY29t{b:40-2000}',
    { harmless: false, entropy: 0.4 },
  ),
  token('aws-mws-key', 'Amazon Marketplace key', 'amzn.mws.{h:8}-{h:4}-{h:4}-{h:4}-{h:12}'),
  token('gcp-api-key', 'Google API key', 'AIza{w:35}'),
  token('gcp-oauth-client-secret', 'Google OAuth client secret', 'GOCSPX-{w:28}'),
  token('gcp-oauth-access-token', 'Google OAuth access token', 'ya29.{w:30-400}', { entropy: 0.6 }),
  token('gcp-oauth-refresh-token', 'Google OAuth refresh token', '1//0{w:40-120}', { left: 'A-Za-z0-9/:', entropy: 0.7 }),
  written('azure-storage-key', 'Azure storage account key', `AccountKey=([A-Za-z0-9+/]{86}==)`, {
    keywords: ['accountkey='],
    flags: 'i',
    positive: [
      `DefaultEndpointsProtocol=https;AccountName=acme;AccountKey=${formatSample('{b:86}==', 'azure')};EndpointSuffix=core.windows.net`,
    ],
    negative: ['AccountKey=<your-account-key>;', 'AccountKey=${STORAGE_KEY};'],
  }),
  written('azure-shared-access-key', 'Azure Service Bus and Event Hubs key', `SharedAccessKey=([A-Za-z0-9+/]{42,48}={0,2})`, {
    keywords: ['sharedaccesskey='],
    flags: 'i',
    right: 'A-Za-z0-9+/',
    positive: [
      `Endpoint=sb://acme.servicebus.windows.net/;SharedAccessKeyName=Root;SharedAccessKey=${formatSample('{b:43}=', 'bus')}`,
    ],
    negative: ['SharedAccessKey=<key>', 'SharedAccessKeyName=RootManageSharedAccessKey'],
  }),
  written('azure-sas-signature', 'Azure shared access signature', 'sig=([A-Za-z0-9+/%]{40,70}(?:=|%3[Dd])?)', {
    keywords: ['sig='],
    left: 'A-Za-z0-9_',
    right: 'A-Za-z0-9+/',
    entropy: 0.72,
    positive: [`https://acme.blob.core.windows.net/c?sv=2024-01-01&se=2030-01-01&sp=r&sig=${formatSample('{n:42}%3D', 'sas')}`],
    negative: ['?sig=${signature}', 'sig=none'],
  }),
  token('azure-ad-client-secret', 'Microsoft Entra client secret', '{p:3}{d:1}Q~{p:31-34}', {
    keywords: Q_KEYWORDS,
    before: [3, 3],
    left: 'A-Za-z0-9_~.-',
    right: 'A-Za-z0-9_~.-',
    entropy: 0.7,
  }),
  near(
    'azure-openai-key',
    'Azure OpenAI and AI services key',
    { words: ['azure_openai', 'azureopenai', 'ocp-apim-subscription-key', 'cognitive'], format: '{h:32}' },
    { frame: 'AZURE_OPENAI_API_KEY=@' },
  ),
  token('azure-devops-pat', 'Azure DevOps personal access token', '{n:76}AZDO{n:4}', {
    keywords: ['azdo'],
    before: [76, 76],
    entropy: 0.7,
  }),
  token('digitalocean-access-token', 'DigitalOcean OAuth token', 'doo_v1_{h:64}'),
  token('digitalocean-pat', 'DigitalOcean personal access token', 'dop_v1_{h:64}'),
  token('digitalocean-refresh-token', 'DigitalOcean refresh token', 'dor_v1_{h:64}', { flags: 'i' }),
  token('alibaba-access-key-id', 'Alibaba Cloud access key id', 'LTAI{n:20}', { entropy: 0.6 }),
  near('alibaba-secret-key', 'Alibaba Cloud secret key', { words: ['alibaba', 'aliyun'], format: '{n:30}' }),
  near(
    'tencent-secret-id',
    'Tencent Cloud secret id',
    { words: ['tencent', 'secretid', 'secret_id'], format: 'AKID{n:32}' },
    {
      frame: 'tencent_secret_id = "@"',
    },
  ),
  near('cloudflare-api-key', 'Cloudflare API token', { words: ['cloudflare', 'cf_api'], format: '{w:40}' }),
  near('cloudflare-global-api-key', 'Cloudflare global API key', { words: ['cloudflare', 'cf_api'], format: '{h:37}' }),
  token('cloudflare-origin-ca-key', 'Cloudflare Origin CA key', 'v1.0-{h:24}-{h:146}'),
  near('fastly-api-token', 'Fastly API token', { words: ['fastly'], format: '{W:32}' }),
  token('flyio-access-token', 'Fly.io access token', '(fo1_{w:43}|fm1a_{b:100-800}|fm1r_{b:100-800}|fm2_{b:100-800})', {
    keywords: ['fo1_', 'fm1a_', 'fm1r_', 'fm2_'],
    right: 'A-Za-z0-9+/',
    harmless: false,
  }),
  near(
    'heroku-api-key',
    'Heroku API key',
    { words: ['heroku'], format: '{H:8}-{H:4}-{H:4}-{H:4}-{H:12}' },
    { frame: 'HEROKU_API_KEY=@' },
  ),
  token('heroku-api-key-v2', 'Heroku API key (prefixed)', 'HRKU-AA{w:58}'),
  near('netlify-access-token', 'Netlify access token', { words: ['netlify'], format: '{W:40-46}' }),
  token('netlify-pat', 'Netlify personal access token', 'nfp_{n:36-40}'),
  token('vercel-token', 'Vercel access tokens', '(vcp|vci|vca|vcr|vck)_{n:56}'),
  token('render-api-key', 'Render API key', 'rnd_{n:32}'),
  near(
    'railway-token',
    'Railway token',
    { words: ['railway_token', 'railway_api'], format: '{h:8}-{h:4}-{h:4}-{h:4}-{h:12}' },
    {
      frame: 'RAILWAY_TOKEN=@',
    },
  ),
  token('scalingo-api-token', 'Scalingo API token', 'tk-us-{w:48}'),
  token('databricks-api-token', 'Databricks access token', '(dapi{h:32}-{d:1}|dapi{h:32})', { keywords: ['dapi'] }),
  token('planetscale-api-token', 'PlanetScale service token', 'pscale_tkn_{p:32-64}'),
  token('planetscale-oauth-token', 'PlanetScale OAuth token', 'pscale_oauth_{p:32-64}'),
  token('planetscale-password', 'PlanetScale database password', 'pscale_pw_{p:32-64}', { flags: 'i' }),
  token('supabase-secret-key', 'Supabase secret key', 'sb_secret_{w:31}'),
  token('supabase-access-token', 'Supabase access token', 'sbp_{h:40}'),
  token('neon-api-key', 'Neon API key', 'napi_{a:64}'),
  near('confluent-access-token', 'Confluent API key', { words: ['confluent'], format: '{n:16}' }, { entropy: 0.7 }),
  near('confluent-secret-key', 'Confluent API secret', { words: ['confluent'], format: '{b:64}' }),
  token('clickhouse-cloud-api-secret-key', 'ClickHouse Cloud API secret', '4b1d{n:38}', { entropy: 0.7 }),
  token('mongodb-atlas-service-secret', 'MongoDB Atlas service account secret', 'mdb_sa_sk_{w:40}'),
  token('doppler-api-token', 'Doppler tokens', 'dp.(pt|st|ct|sa|scim|audit).{n:40-44}', {
    keywords: ['dp.pt.', 'dp.st.', 'dp.ct.', 'dp.sa.', 'dp.scim.', 'dp.audit.'],
  }),
  token('vault-service-token', 'HashiCorp Vault service token', 'hvs.{w:90-120}'),
  near(
    'vault-legacy-token',
    'HashiCorp Vault service token (older)',
    { words: ['vault', 'token'], format: 's.{n:24}' },
    {
      entropy: 0.7,
      check: hasDigit,
    },
  ),
  token('vault-batch-token', 'HashiCorp Vault batch token', 'hvb.{w:138-300}'),
  token('vault-recovery-token', 'HashiCorp Vault recovery token', 'hvr.{w:24-120}'),
  token('openshift-user-token', 'OpenShift user token', 'sha256~{w:43}'),
  token('1password-service-account-token', '1Password service account token', 'ops_eyJ{b:250-1200}', {
    harmless: false,
    right: 'A-Za-z0-9+/',
  }),
  token('1password-secret-key', '1Password secret key', 'A3-{A:6}-({A:11}|{A:6}-{A:5})-{A:5}-{A:5}-{A:5}', {
    keywords: ['a3-'],
    entropy: 0.65,
  }),
  token('tailscale-key', 'Tailscale keys', 'tskey-(auth|api|client|scim|webhook)-{n:10-20}-{n:20-40}', { keywords: ['tskey-'] }),
  near('cisco-meraki-api-key', 'Cisco Meraki API key', { words: ['meraki'], format: '{h:40}' }),
  token('defined-networking-api-token', 'Defined Networking API token', 'dnkey-{W:26}-{W:52}'),
  token('dynatrace-api-token', 'Dynatrace API token', 'dt0(c01|s01|s16).{A:24}.{A:64}', {
    keywords: ['dt0c01.', 'dt0s01.', 'dt0s16.'],
    flags: 'i',
  }),
  near(
    'yandex-access-token',
    'Yandex Cloud IAM token',
    { words: ['yandex'], format: 't1.{w:20-200}.{w:86}' },
    { harmless: false },
  ),
  near('yandex-api-key', 'Yandex Cloud API key', { words: ['yandex'], format: 'AQVN{w:35-38}' }),
  near('yandex-aws-access-token', 'Yandex Cloud static key', { words: ['yandex'], format: 'YC{w:38}' }),
  near(
    'scaleway-secret-key',
    'Scaleway secret key',
    { words: ['scw_secret_key', 'scw_secret', 'scaleway'], format: '{h:8}-{h:4}-{h:4}-{h:4}-{h:12}' },
    { frame: 'SCW_SECRET_KEY=@' },
  ),
  token('exoscale-key', 'Exoscale API key', 'EXO{h:24}', { entropy: 0.6 }),
  token('ibm-cloud-api-key', 'IBM Cloud API key id', 'ApiKey-{h:8}-{h:4}-{h:4}-{h:4}-{h:12}'),
];
