/** Software as a service, N to Z. */
import { near, type SecretRule, token } from '../rule.ts';
import { opaque } from '../plausible.ts';
import type { Check } from '../validators.ts';

const UUID = '{H:8}-{H:4}-{H:4}-{H:4}-{H:12}';
const HEX_DIGITS = [...'0123456789abcdef'];
const NEW_RELIC = ['new-relic', 'newrelic', 'new_relic'];

/** What follows the zeros of a number in base 64; the text of an image may go on with them. */
const notOneLetter: Check = (value) => /[0-9%]/.test(value.slice(22)) && /[a-z]/.test(value.slice(22));

const slack = (id: string, title: string, format: string, keywords: readonly string[]): SecretRule =>
  token(id, title, format, { keywords, entropy: 0.4 });

export const SAAS_N_Z: readonly SecretRule[] = [
  token('new-relic-browser-api-token', 'New Relic browser ingest key', 'NRJS-{h:19}'),
  token('new-relic-insert-key', 'New Relic insert key', 'NRII-{w:32}'),
  near('new-relic-user-api-id', 'New Relic user API id', { words: NEW_RELIC, format: '{n:64}' }),
  token('new-relic-user-api-key', 'New Relic user API key', 'NRAK-{n:27}'),
  token('new-relic-license-key', 'New Relic licence key', '({h:36}|eu01xx{h:30})NRAL', {
    keywords: ['nral'],
    before: [36, 36],
    right: 'A-Za-z0-9',
  }),
  token('notion-api-token', 'Notion API token', 'ntn_{d:11}{n:35}'),
  token('notion-legacy-token', 'Notion API token (older)', 'secret_{n:43}', { entropy: 0.7 }),
  near('nytimes-access-token', 'New York Times API key', {
    words: ['nytimes', 'new-york-times', 'newyorktimes', 'new_york_times'],
    format: '{W:32}',
  }),
  near('okta-access-token', 'Okta API token', { words: ['okta'], format: '00{w:40}' }),
  near('onesignal-key', 'OneSignal REST key', { words: ['onesignal'], format: '{b:48}' }),
  near('opsgenie-key', 'Opsgenie API key', { words: ['opsgenie'], format: UUID }, { frame: 'opsgenie_key = "@"' }),
  near(
    'pagerduty-api-key',
    'PagerDuty API key',
    { words: ['pagerduty', 'pager_duty', 'pd_token'], format: '{w:20}' },
    { entropy: 0.75 },
  ),
  near('paypal-secret', 'PayPal client secret', { words: ['paypal'], format: 'E{w:79}' }),
  token('plaid-api-token', 'Plaid access token', 'access-(sandbox|development|production)-{h:8}-{h:4}-{h:4}-{h:4}-{h:12}'),
  near('plaid-client-id', 'Plaid client id', { words: ['plaid'], format: '{n:24}' }, { raises: 'confidential' }),
  near('plaid-secret-key', 'Plaid secret', { words: ['plaid'], format: '{n:30}' }),
  token('postman-api-token', 'Postman API key', 'PMAK-{H:24}-{H:34}'),
  token('postman-collection-key', 'Postman collection access key', 'PMAT-{A:26}'),
  token('posthog-key', 'PostHog personal API key', 'phx_{n:43-48}'),
  near('pusher-secret', 'Pusher app secret', { words: ['pusher'], format: '{h:20}' }, { entropy: 0.7 }),
  near('rapidapi-access-token', 'RapidAPI key', { words: ['rapidapi'], format: '{w:50}' }),
  token('rapidapi-key', 'RapidAPI key, by itself', '{a:10}msh{a:15}p1{a:5}jsn{a:12}', { keywords: ['msh'], before: [10, 10] }),
  token('razorpay-key', 'Razorpay key id', 'rzp_(live|test)_{n:14}'),
  token('readme-api-token', 'ReadMe API key', 'rdme_{a:70}'),
  token('resend-api-key', 'Resend API key', 're_{n:8}_{n:24}', { entropy: 0.6 }),
  near('segment-key', 'Segment write key', { words: ['segment'], format: '{n:32}' }, { entropy: 0.75 }),
  token('segment-public-api-token', 'Segment Public API token', 'sgp_{n:64}'),
  near(
    'sendbird-access-id',
    'Sendbird application id',
    { words: ['sendbird'], format: UUID },
    {
      frame: 'sendbird_id = "@"',
      raises: 'confidential',
    },
  ),
  near('sendbird-access-token', 'Sendbird access token', { words: ['sendbird'], format: '{h:40}' }),
  token('sendgrid-api-token', 'SendGrid API key', 'SG.{p:66}', { left: 'A-Za-z0-9_' }),
  token('sendinblue-api-token', 'Brevo (Sendinblue) API key', 'xkeysib-{h:64}-{n:16}'),
  token('brevo-smtp-key', 'Brevo SMTP key', 'xsmtpsib-{h:64}-{n:16}'),
  near('sentry-access-token', 'Sentry auth token (older)', { words: ['sentry'], format: '{h:64}' }),
  token('sentry-org-token', 'Sentry organisation token', 'sntrys_eyJpYXQiO{b:20-400}_{b:43}', { harmless: false }),
  token('sentry-org-token-padded', 'Sentry organisation token (padded)', 'sntrys_eyJpYXQiO{b:20-400}(=|==)_{b:43}', {
    harmless: false,
    keywords: ['sntrys_eyjpyxqio'],
  }),
  token('sentry-user-token', 'Sentry user token', 'sntryu_{h:64}'),
  token('settlemint-application-access-token', 'SettleMint application token', 'sm_aat_{n:16}'),
  token('settlemint-personal-access-token', 'SettleMint personal token', 'sm_pat_{n:16}'),
  token('settlemint-service-access-token', 'SettleMint service token', 'sm_sat_{n:16}'),
  token('shippo-api-token', 'Shippo API token', 'shippo_(live|test)_{H:40}'),
  token('shopify-access-token', 'Shopify access token', 'shpat_{H:32}'),
  token('shopify-custom-access-token', 'Shopify custom app token', 'shpca_{H:32}'),
  token('shopify-private-app-access-token', 'Shopify private app token', 'shppa_{H:32}'),
  token('shopify-shared-secret', 'Shopify shared secret', 'shpss_{H:32}'),
  slack('slack-app-token', 'Slack app-level token', 'xapp-{d:1}-{A:9-12}-{d:10-14}-{a:32-70}', ['xapp-']),
  slack('slack-bot-token', 'Slack bot token', 'xoxb-{d:10-13}-{d:10-13}-{n:18-40}', ['xoxb-']),
  slack('slack-config-access-token', 'Slack configuration access token', 'xoxe.(xoxb|xoxp)-{d:1}-{n:163-166}', [
    'xoxe.xoxb-',
    'xoxe.xoxp-',
  ]),
  slack('slack-config-refresh-token', 'Slack configuration refresh token', 'xoxe-{d:1}-{n:146}', ['xoxe-']),
  slack('slack-legacy-bot-token', 'Slack bot token (older)', 'xoxb-{d:8-14}-{n:18-26}', ['xoxb-']),
  slack('slack-legacy-token', 'Slack legacy token', '(xoxo|xoxs)-{d:6-13}-{d:6-13}-{d:6-13}-{H:10-64}', ['xoxo-', 'xoxs-']),
  slack(
    'slack-legacy-workspace-token',
    'Slack workspace token',
    '(xoxa|xoxr)-({d:1}-{d:9-13}-{d:9-13}-{d:9-13}-{n:10-48}|{d:1}-{n:8-48}|{n:8-48})',
    ['xoxa-', 'xoxr-'],
  ),
  slack('slack-user-token', 'Slack user token', '(xoxp|xoxe)-{d:8-13}-{d:8-13}-{d:8-13}-{n:28-34}', ['xoxp-', 'xoxe-']),
  token('slack-session-cookie', 'Slack session cookie', 'xoxd-{q:40-320}', { entropy: 0.5 }),
  slack('slack-session-token', 'Slack session token', 'xoxc-{d:9-13}-{d:9-13}-{d:9-13}-{h:64}', ['xoxc-']),
  token('slack-webhook-url', 'Slack webhook', 'hooks.slack.com/(services|workflows|triggers)/{b:43-56}', {
    left: '',
    right: 'A-Za-z0-9+/',
    frame: 'https://@',
  }),
  near('sonatype-token', 'Sonatype user token', { words: ['sonatype', 'nexus', 'ossrh'], format: '{n:43}' }, { entropy: 0.75 }),
  near('spotify-client-secret', 'Spotify client secret', { words: ['spotify'], format: '{h:32}' }),
  token('square-access-token', 'Square access token', '(sq0atp-{w:22}|EAAA{w:60})', { keywords: ['sq0atp-', 'eaaa'] }),
  token('square-oauth-secret', 'Square OAuth secret', 'sq0csp-{w:43}'),
  near(
    'squarespace-access-token',
    'Squarespace API key',
    { words: ['squarespace'], format: UUID },
    { frame: 'squarespace_key = "@"' },
  ),
  token('stripe-access-token', 'Stripe secret and restricted keys', '(sk|rk)_(live|test|prod)_{n:10-99}', {
    keywords: ['sk_live_', 'sk_test_', 'sk_prod_', 'rk_live_', 'rk_test_', 'rk_prod_'],
  }),
  near(
    'sumologic-access-id',
    'Sumo Logic access id',
    { words: ['sumo'], format: 'su{n:12}' },
    { entropy: 0.7, raises: 'confidential', check: opaque, negative: ['sumint, sumofsquares, sumsandsquares'] },
  ),
  near('sumologic-access-token', 'Sumo Logic access key', { words: ['sumo'], format: '{n:64}' }),
  token('telegram-bot-api-token', 'Telegram bot token', '{d:5-16}:A{w:34}', {
    keywords: [':aa', ...[...'bcdefghijklmnopqrstuvwxyz0123456789_-'].map((c) => `:a${c}`)],
    before: [5, 16],
    left: 'A-Za-z0-9_',
    entropy: 0.6,
  }),
  near('trello-api-token', 'Trello API token', { words: ['trello'], format: '(ATTA{n:72}|{h:64}|{h:32})' }),
  token('twilio-api-key', 'Twilio API key', 'SK{h:32}', { keywords: HEX_DIGITS.map((digit) => `sk${digit}`), entropy: 0.6 }),
  near('twilio-auth-token', 'Twilio auth token', { words: ['twilio'], format: '{h:32}' }),
  near('twitch-api-token', 'Twitch API token', { words: ['twitch'], format: '{n:30}' }),
  near('twitter-access-secret', 'X (Twitter) access secret', { words: ['twitter'], format: '{n:45}' }),
  near(
    'twitter-access-token',
    'X (Twitter) access token',
    { words: ['twitter'], format: '{d:15-25}-{n:20-40}' },
    { frame: 'twitter_token = "@"' },
  ),
  near('twitter-api-key', 'X (Twitter) API key', { words: ['twitter'], format: '{n:25}' }),
  near('twitter-api-secret', 'X (Twitter) API secret', { words: ['twitter'], format: '{n:50}' }),
  token('twitter-bearer-token', 'X (Twitter) bearer token', 'AAAAAAAAAAAAAAAAAAAAA{q:60-140}', {
    harmless: false,
    entropy: 0.4,
    check: notOneLetter,
  }),
  token('typeform-api-token', 'Typeform token', 'tfp_{p:59}'),
  near('uptime-robot-key', 'UptimeRobot API key', {
    words: ['uptimerobot', 'uptime_robot', 'uptime-robot'],
    format: 'u{d:6-9}-{h:24}',
  }),
  token('wakatime-key', 'WakaTime API key', `waka_${UUID}`),
  near('webflow-token', 'Webflow API token', { words: ['webflow'], format: '{h:64}' }),
  near('zendesk-secret-key', 'Zendesk secret key', { words: ['zendesk'], format: '{n:40}' }),
  near(
    'zoom-secret',
    'Zoom client secret',
    { words: ['zoom_client', 'zoom_secret', 'zoomclient'], format: '{n:32}' },
    {
      frame: 'ZOOM_CLIENT_SECRET=@',
    },
  ),
];
