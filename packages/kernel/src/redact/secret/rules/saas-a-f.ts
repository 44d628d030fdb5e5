/** Software as a service, A to F. */
import { near, type SecretRule, token } from '../rule.ts';

const UUID = '{h:8}-{h:4}-{h:4}-{h:4}-{h:12}';

export const SAAS_A_F: readonly SecretRule[] = [
  near('adafruit-api-key', 'Adafruit IO key', ['adafruit'], '{w:32}'),
  token('adafruit-io-key', 'Adafruit IO key (prefixed)', 'aio_{n:28}'),
  near('adobe-client-id', 'Adobe OAuth client id', ['adobe'], '{h:32}', { raises: 'confidential' }),
  token('adobe-client-secret', 'Adobe OAuth client secret', 'p8e-{n:32}', { flags: 'i' }),
  near('airtable-api-key', 'Airtable API key', ['airtable'], '{n:17}', { entropy: 0.7 }),
  token('airtable-pat', 'Airtable personal access token', 'pat{n:14}.{h:64}', { entropy: 0.6 }),
  near('algolia-api-key', 'Algolia API key', ['algolia'], '{n:32}'),
  near('asana-client-id', 'Asana client id', ['asana'], '{d:16}', { raises: 'confidential' }),
  near('asana-client-secret', 'Asana client secret', ['asana'], '{n:32}'),
  near('atlassian-api-token', 'Atlassian API token (older)', ['atlassian', 'confluence', 'jira'], '{n:20}{H:4}'),
  token('atlassian-api-token-v3', 'Atlassian API token', 'ATATT3{W:186}'),
  token('atlassian-admin-key', 'Atlassian admin and connect keys', '(ATCTT3|ATOATT3){W:180-200}', {
    keywords: ['atctt3', 'atoatt3'],
  }),
  token(
    'authress-service-client-access-key',
    'Authress service client key',
    '(sc|ext|scauth|authress)_{n:5-30}.{n:4-6}.acc(-|_){W:10-32}.{p:30-120}',
  ),
  near('auth0-client-secret', 'Auth0 client secret', ['auth0'], '{w:64}'),
  near('beamer-api-token', 'Beamer API token', ['beamer'], 'b_{W:44}'),
  near('bittrex-access-key', 'Bittrex access and secret keys', ['bittrex'], '{n:32}'),
  near('coinbase-access-token', 'Coinbase access token', ['coinbase'], '{w:64}'),
  near('contentful-delivery-api-token', 'Contentful delivery token', ['contentful'], '{W:43}'),
  token('contentful-pat', 'Contentful personal access token', 'CFPAT-{w:43}'),
  near('datadog-access-token', 'Datadog application key', ['datadog', 'dd_app'], '{n:40}'),
  near('datadog-api-key', 'Datadog API key', ['datadog', 'dd_api'], '{h:32}'),
  near('discord-api-token', 'Discord API key', ['discord'], '{h:64}'),
  near('discord-client-id', 'Discord client id', ['discord'], '{d:18}', { raises: 'confidential' }),
  near('discord-client-secret', 'Discord client secret', ['discord'], '{W:32}'),
  near('discord-bot-token', 'Discord bot token', ['discord', 'bot'], '(M|N|O){w:23-25}.{w:6}.{w:27-38}', {
    frame: 'discord_token = "@"',
    entropy: 0.7,
  }),
  token('discord-webhook-url', 'Discord webhook', '/api/webhooks/{d:17-20}/{w:60-72}', {
    left: '',
    frame: 'https://discord.com@',
  }),
  near('dropbox-api-token', 'Dropbox API secret', ['dropbox'], '{n:15}', { entropy: 0.7 }),
  near('dropbox-long-lived-api-token', 'Dropbox token (long-lived)', ['dropbox'], '{n:11}AAAAAAAAAA{W:43}', {
    harmless: false,
    entropy: 0.5,
  }),
  token('dropbox-short-lived-api-token', 'Dropbox token (short-lived)', 'sl.{W:135-150}', { keywords: ['sl.'], entropy: 0.6 }),
  token('duffel-api-token', 'Duffel API token', 'duffel_(test|live)_{W:43}', { keywords: ['duffel_'] }),
  token('easypost-api-token', 'EasyPost API key', 'EZAK{n:54}'),
  token('easypost-test-api-token', 'EasyPost test API key', 'EZTK{n:54}'),
  near('etsy-access-token', 'Etsy API key', ['etsy'], '{n:24}', { entropy: 0.7 }),
  near('facebook-access-token', 'Facebook app access token', ['facebook', 'fb_', 'access_token'], '{d:15-16}|{w:27-40}', {
    frame: 'facebook_token = "@"',
  }),
  token('facebook-page-access-token', 'Facebook page and user access tokens', '(EAAM|EAAC){n:100-300}', {
    keywords: ['eaam', 'eaac'],
  }),
  near('facebook-secret', 'Facebook app secret', ['facebook'], '{h:32}'),
  token('figma-pat', 'Figma personal access token', 'figd_{w:40-44}'),
  near('finicity-api-token', 'Finicity app key', ['finicity'], '{h:32}'),
  near('finicity-client-secret', 'Finicity partner secret', ['finicity'], '{n:20}', { entropy: 0.7 }),
  near('finnhub-access-token', 'Finnhub API key', ['finnhub'], '{n:20}', { entropy: 0.7 }),
  near('flickr-access-token', 'Flickr API key', ['flickr'], '{n:32}'),
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
  near('freemius-secret-key', 'Freemius secret key', ['freemius', 'secret_key'], 'sk_{p:29}', {
    frame: "'secret_key' => '@'",
    entropy: 0.6,
  }),
  near('freshbooks-access-token', 'FreshBooks access token', ['freshbooks'], '{n:64}'),
  near('freshdesk-api-key', 'Freshdesk API key', ['freshdesk'], '{n:20}', { entropy: 0.7 }),
  near('amplitude-secret-key', 'Amplitude secret key', ['amplitude'], '{h:32}'),
  near('branch-key', 'Branch.io key', ['branch'], 'key_(live|test)_{n:32}'),
  near('cloudinary-secret', 'Cloudinary API secret', ['cloudinary'], '{w:27}', { entropy: 0.75 }),
  token('cloudinary-url', 'Cloudinary URL with credentials', 'cloudinary://{d:15}:{w:27}', {
    right: 'A-Za-z0-9_-',
    frame: 'CLOUDINARY_URL=@@acme',
  }),
  token('braintree-access-token', 'Braintree access token', 'access_token$(production|sandbox)${a:16}${h:32}', {
    keywords: ['access_token$'],
  }),
  token('webhook-signing-secret', 'Webhook signing secret (Svix, Clerk, Stripe)', 'whsec_{b:32-64}', { right: 'A-Za-z0-9+/' }),
  near('customerio-key', 'Customer.io API key', ['customerio', 'customer.io'], '{h:20}', { entropy: 0.7 }),
  near('bugsnag-api-key', 'Bugsnag API key', ['bugsnag'], '{h:32}'),
  near('elastic-api-key', 'Elastic Cloud API key', ['elastic'], 'essu_{b:40-140}', { right: 'A-Za-z0-9+/' }),
  near('docusign-integration-key', 'DocuSign integration key', ['docusign'], UUID, {
    frame: 'docusign_key = "@"',
    raises: 'confidential',
  }),
];
