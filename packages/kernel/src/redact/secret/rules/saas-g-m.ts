/** Software as a service, G to M. */
import { near, type SecretRule, token } from '../rule.ts';

const UUID = '{H:8}-{H:4}-{H:4}-{H:4}-{H:12}';
const LINKEDIN = ['linkedin', 'linked_in', 'linked-in'];
const MESSAGEBIRD = ['messagebird', 'message_bird', 'message-bird'];

export const SAAS_G_M: readonly SecretRule[] = [
  near('gocardless-api-token', 'GoCardless access token', { words: ['gocardless'], format: 'live_{W:40}' }),
  token('grafana-api-key', 'Grafana API key', 'eyJrIjoi{n:70-400}', { right: 'A-Za-z0-9+/', harmless: false }),
  token('grafana-cloud-api-token', 'Grafana Cloud access token', 'glc_{b:32-400}', { right: 'A-Za-z0-9+/', harmless: false }),
  token('grafana-service-account-token', 'Grafana service account token', 'glsa_{n:32}_{H:8}'),
  near('gumroad-token', 'Gumroad access token', { words: ['gumroad'], format: '{w:43}' }),
  near('hubspot-api-key', 'HubSpot API key', { words: ['hubspot'], format: UUID }, { frame: 'hubspot_key = "@"' }),
  token('hubspot-pat', 'HubSpot private app token', 'pat-(na1|na2|eu1|ap1)-{h:8}-{h:4}-{h:4}-{h:4}-{h:12}'),
  near('hunter-api-key', 'Hunter API key', { words: ['hunter'], format: '{h:40}' }),
  near('intercom-api-key', 'Intercom access token', { words: ['intercom'], format: '{W:60}' }),
  token('intercom-access-token', 'Intercom access token, by itself', 'dG9rO{b:54}=', { right: 'A-Za-z0-9+/=', entropy: 0.6 }),
  token('intra42-client-secret', '42 Intra client secret', 's-s4t2(ud|af)-{h:64}'),
  near('ipinfo-token', 'IPinfo access token', { words: ['ipinfo'], format: '{h:14}' }, { entropy: 0.65 }),
  near(
    'keycloak-client-secret',
    'Keycloak client secret',
    { words: ['keycloak'], format: UUID },
    { frame: 'keycloak_secret = "@"' },
  ),
  token('klaviyo-api-key', 'Klaviyo private key', 'pk_{h:34}', { entropy: 0.6 }),
  near('kraken-access-token', 'Kraken API secret', { words: ['kraken'], format: '{b:80-90}' }, { right: 'A-Za-z0-9+/' }),
  near('kucoin-access-token', 'KuCoin API key', { words: ['kucoin'], format: '{h:24}' }),
  near('kucoin-secret-key', 'KuCoin API secret', { words: ['kucoin'], format: UUID }, { frame: 'kucoin_secret = "@"' }),
  near('launchdarkly-access-token', 'LaunchDarkly access token', { words: ['launchdarkly'], format: '{W:40}' }),
  token('launchdarkly-key', 'LaunchDarkly API, SDK and mobile keys', '(api|sdk|mob)-{h:8}-{h:4}-{h:4}-{h:4}-{h:12}', {
    keywords: ['api-', 'sdk-', 'mob-'],
  }),
  token('linear-api-key', 'Linear API key', 'lin_api_{n:40}'),
  token('linear-oauth-token', 'Linear OAuth token', 'lin_oauth_{h:64}'),
  near('linear-client-secret', 'Linear client secret', { words: ['linear'], format: '{h:32}' }),
  near(
    'linkedin-client-id',
    'LinkedIn client id',
    { words: LINKEDIN, format: '{n:14}' },
    { entropy: 0.7, raises: 'confidential' },
  ),
  near('linkedin-client-secret', 'LinkedIn client secret', { words: LINKEDIN, format: '{n:16}' }, { entropy: 0.7 }),
  token('linkedin-primary-secret', 'LinkedIn client secret (prefixed)', 'WPL_AP1.{w:16}.{w:8}', {
    keywords: ['wpl_ap1.'],
    right: '',
  }),
  token('lob-api-key', 'Lob API key', '(live|test)_{h:35}', { keywords: ['live_', 'test_'] }),
  token('lob-pub-api-key', 'Lob publishable key', '(live|test)_pub_{h:31}', { raises: 'confidential' }),
  near('loggly-token', 'Loggly token', { words: ['loggly'], format: UUID }, { frame: 'loggly_token = "@"' }),
  token('mailchimp-api-key', 'Mailchimp API key', '{h:32}-us{d:1-2}', { keywords: ['-us'], before: [32, 32] }),
  token('mandrill-api-key', 'Mandrill API key', 'md-{w:22}', { entropy: 0.8 }),
  token('mailgun-private-api-token', 'Mailgun private key', 'key-{h:32}', { entropy: 0.6 }),
  token('mailgun-pub-key', 'Mailgun public validation key', 'pubkey-{h:32}', { entropy: 0.6, raises: 'confidential' }),
  near(
    'mailgun-signing-key',
    'Mailgun webhook signing key',
    { words: ['mailgun'], format: '{a:32}-{a:8}-{a:8}' },
    { frame: 'mailgun_key = "@"' },
  ),
  token('mailersend-api-token', 'MailerSend API token', 'mlsn.{h:64}'),
  near('mailjet-secret', 'Mailjet API key and secret', { words: ['mailjet'], format: '{h:32}' }),
  token('mapbox-api-token', 'Mapbox tokens', '(pk|sk|tk).eyJ{n:57-90}.{w:22}', {
    keywords: ['pk.eyj', 'sk.eyj', 'tk.eyj'],
    harmless: false,
  }),
  near(
    'mapbox-legacy-token',
    'Mapbox token (near the name)',
    { words: ['mapbox'], format: 'pk.{n:60}.{n:22}' },
    { harmless: false },
  ),
  near('mattermost-access-token', 'Mattermost access token', { words: ['mattermost'], format: '{a:26}' }),
  token('maxmind-license-key', 'MaxMind licence key', '{n:6}_{n:29}_mmk', { keywords: ['_mmk'], before: [36, 36] }),
  near('messagebird-api-token', 'MessageBird API token', { words: MESSAGEBIRD, format: '{n:25}' }),
  near(
    'messagebird-client-id',
    'MessageBird client id',
    { words: MESSAGEBIRD, format: UUID },
    {
      frame: 'messagebird_id = "@"',
      raises: 'confidential',
    },
  ),
  token(
    'microsoft-teams-webhook',
    'Microsoft Teams webhook',
    'webhook.office.com/webhookb2/{a:8}-{a:4}-{a:4}-{a:4}-{a:12}@{a:8}-{a:4}-{a:4}-{a:4}-{a:12}/IncomingWebhook/{a:32}/{a:8}-{a:4}-{a:4}-{a:4}-{a:12}',
    {
      left: '',
      frame: 'https://acme.@',
    },
  ),
  near('mixpanel-secret', 'Mixpanel secret', { words: ['mixpanel'], format: '{h:32}' }),
  near('modern-treasury-key', 'Modern Treasury API key', {
    words: ['moderntreasury', 'modern_treasury'],
    format: '(live|test)-{w:36-60}',
  }),
  near(
    'monday-token',
    'monday.com API token',
    { words: ['monday'], format: 'eyJ{w:17-60}.eyJ{w:60-300}.{w:43}' },
    { harmless: false },
  ),
];
