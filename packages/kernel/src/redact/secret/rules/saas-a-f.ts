/** Software as a service, A to F. */
import { near, type SecretRule, token } from '../rule.ts';

const UUID = '{h:8}-{h:4}-{h:4}-{h:4}-{h:12}';

export const SAAS_A_F: readonly SecretRule[] = [
  near('adafruit-api-key', 'Adafruit IO key', { words: ['adafruit'], format: '{w:32}' }),
  token('adafruit-io-key', 'Adafruit IO key (prefixed)', 'aio_{n:28}'),
  near('adobe-client-id', 'Adobe OAuth client id', { words: ['adobe'], format: '{h:32}' }, { raises: 'confidential' }),
  token('adobe-client-secret', 'Adobe OAuth client secret', 'p8e-{n:32}', { flags: 'i' }),
  near('airtable-api-key', 'Airtable API key', { words: ['airtable'], format: '{n:17}' }, { entropy: 0.7 }),
  token('airtable-pat', 'Airtable personal access token', 'pat{n:14}.{h:64}', { entropy: 0.6 }),
  near('algolia-api-key', 'Algolia API key', { words: ['algolia'], format: '{n:32}' }),
  near(
    'asana-pat',
    'Asana personal access token',
    { words: ['asana'], format: '({d:1}/{d:13-20}:{h:32}|{d:1}/{d:13-20}/{d:13-20}:{h:32})' },
    { frame: 'ASANA_PAT=@', entropy: 0.5 },
  ),
  near('asana-client-id', 'Asana client id', { words: ['asana'], format: '{d:16}' }, { raises: 'confidential' }),
  near('asana-client-secret', 'Asana client secret', { words: ['asana'], format: '{n:32}' }),
  near('atlassian-api-token', 'Atlassian API token (older)', {
    words: ['atlassian', 'confluence', 'jira'],
    format: '{n:20}{H:4}',
  }),
  token('atlassian-api-token-v3', 'Atlassian API token', 'ATATT3{W:186}'),
  token('atlassian-admin-key', 'Atlassian admin and connect keys', '(ATCTT3|ATOATT3){W:180-200}', {
    keywords: ['atctt3', 'atoatt3'],
  }),
  token(
    'authress-service-client-access-key',
    'Authress service client key',
    '(sc|ext|scauth|authress)_{n:5-30}.{n:4-6}.acc(-|_){W:10-32}.{p:30-120}',
  ),
  near('auth0-client-secret', 'Auth0 client secret', { words: ['auth0'], format: '{w:64}' }),
  near('beamer-api-token', 'Beamer API token', { words: ['beamer'], format: 'b_{W:44}' }),
  near('bittrex-access-key', 'Bittrex access and secret keys', { words: ['bittrex'], format: '{n:32}' }),
  near('coinbase-access-token', 'Coinbase access token', { words: ['coinbase'], format: '{w:64}' }),
  near('contentful-delivery-api-token', 'Contentful delivery token', { words: ['contentful'], format: '{W:43}' }),
  token('contentful-pat', 'Contentful personal access token', 'CFPAT-{w:43}'),
  near('datadog-access-token', 'Datadog application key', { words: ['datadog', 'dd_app'], format: '{n:40}' }),
  near('datadog-api-key', 'Datadog API key', { words: ['datadog', 'dd_api'], format: '{h:32}' }),
  near('discord-api-token', 'Discord API key', { words: ['discord'], format: '{h:64}' }),
  near('discord-client-id', 'Discord client id', { words: ['discord'], format: '{d:18}' }, { raises: 'confidential' }),
  near('discord-client-secret', 'Discord client secret', { words: ['discord'], format: '{W:32}' }),
  near(
    'discord-bot-token',
    'Discord bot token',
    { words: ['discord', 'bot'], format: '(M|N|O){w:22-27}.{w:6}.{w:27-38}' },
    {
      frame: 'discord_token = "@"',
      entropy: 0.6,
    },
  ),
  token('discord-webhook-url', 'Discord webhook', '/api/webhooks/{d:17-20}/{w:60-72}', {
    left: '',
    frame: 'https://discord.com@',
  }),
  near('dropbox-api-token', 'Dropbox API secret', { words: ['dropbox'], format: '{n:15}' }, { entropy: 0.7 }),
  near(
    'dropbox-long-lived-api-token',
    'Dropbox token (long-lived)',
    { words: ['dropbox'], format: '{n:11}AAAAAAAAAA{W:43}' },
    {
      harmless: false,
      entropy: 0.5,
    },
  ),
  token('dropbox-short-lived-api-token', 'Dropbox token (short-lived)', 'sl.{W:135-150}', { keywords: ['sl.'], entropy: 0.6 }),
  token('duffel-api-token', 'Duffel API token', 'duffel_(test|live)_{W:43}', { keywords: ['duffel_'] }),
  token('easypost-api-token', 'EasyPost API key', 'EZAK{n:54}'),
  token('easypost-test-api-token', 'EasyPost test API key', 'EZTK{n:54}'),
  near('etsy-access-token', 'Etsy API key', { words: ['etsy'], format: '{n:24}' }, { entropy: 0.7 }),
  near(
    'facebook-access-token',
    'Facebook app access token',
    { words: ['facebook', 'fb_', 'access_token'], format: '{d:15-16}|{w:27-40}' },
    {
      frame: 'facebook_token = "@"',
    },
  ),
  token('facebook-page-access-token', 'Facebook page and user access tokens', '(EAAM|EAAC){n:100-300}', {
    keywords: ['eaam', 'eaac'],
  }),
  near('facebook-secret', 'Facebook app secret', { words: ['facebook'], format: '{h:32}' }),
  token('figma-pat', 'Figma personal access token', 'figd_{w:40-44}'),
  near('finicity-api-token', 'Finicity app key', { words: ['finicity'], format: '{h:32}' }),
  near('finicity-client-secret', 'Finicity partner secret', { words: ['finicity'], format: '{n:20}' }, { entropy: 0.7 }),
  near('finnhub-access-token', 'Finnhub API key', { words: ['finnhub'], format: '{n:20}' }, { entropy: 0.7 }),
  near('flickr-access-token', 'Flickr API key', { words: ['flickr'], format: '{n:32}' }),
  token('flutterwave-encryption-key', 'Flutterwave encryption key', 'FLWSECK_TEST-{n:12}', {
    keywords: ['flwseck_test-'],
    flags: 'i',
  }),
  token('flutterwave-public-key', 'Flutterwave public key', 'FLWPUBK_TEST-{n:32}-X', { flags: 'i', raises: 'confidential' }),
  token('flutterwave-secret-key', 'Flutterwave secret key', '(FLWSECK_TEST-|FLWSECK-){n:32}-X', {
    keywords: ['flwseck'],
    flags: 'i',
  }),
  token('frameio-api-token', 'Frame.io developer token', 'fio-u-{W:64}'),
  near(
    'freemius-secret-key',
    'Freemius secret key',
    { words: ['freemius', 'secret_key'], format: 'sk_{p:29}' },
    {
      frame: "'secret_key' => '@'",
      entropy: 0.6,
    },
  ),
  near('freshbooks-access-token', 'FreshBooks access token', { words: ['freshbooks'], format: '{n:64}' }),
  near('freshdesk-api-key', 'Freshdesk API key', { words: ['freshdesk'], format: '{n:20}' }, { entropy: 0.7 }),
  near('amplitude-secret-key', 'Amplitude secret key', { words: ['amplitude'], format: '{h:32}' }),
  near('branch-key', 'Branch.io key', { words: ['branch'], format: 'key_(live|test)_{n:32}' }),
  near('cloudinary-secret', 'Cloudinary API secret', { words: ['cloudinary'], format: '{w:27}' }, { entropy: 0.75 }),
  token('cloudinary-url', 'Cloudinary URL with credentials', 'cloudinary://{d:15}:{w:27}', {
    right: 'A-Za-z0-9_-',
    frame: 'CLOUDINARY_URL=@@acme',
  }),
  token('braintree-access-token', 'Braintree access token', 'access_token$(production|sandbox)${a:16}${h:32}', {
    keywords: ['access_token$'],
  }),
  token('webhook-signing-secret', 'Webhook signing secret (Svix, Clerk, Stripe)', 'whsec_{b:32-64}', { right: 'A-Za-z0-9+/' }),
  near('customerio-key', 'Customer.io API key', { words: ['customerio', 'customer.io'], format: '{h:20}' }, { entropy: 0.7 }),
  near('bugsnag-api-key', 'Bugsnag API key', { words: ['bugsnag'], format: '{h:32}' }),
  near('elastic-api-key', 'Elastic Cloud API key', { words: ['elastic'], format: 'essu_{b:40-140}' }, { right: 'A-Za-z0-9+/' }),
  near(
    'docusign-integration-key',
    'DocuSign integration key',
    { words: ['docusign'], format: UUID },
    {
      frame: 'docusign_key = "@"',
      raises: 'confidential',
    },
  ),
];
