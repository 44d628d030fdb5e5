/** Software as a service, any letter: tokens that a prefix of their own tells from everything else. */
import { formatSample } from '../format.ts';
import { near, type SecretRule, token, written } from '../rule.ts';

const UUID = '{h:8}-{h:4}-{h:4}-{h:4}-{h:12}';

export const SAAS_PREFIXED: readonly SecretRule[] = [
  near('ably-api-key', 'Ably API key', { words: ['ably'], format: '{w:6}.{w:6}:{w:43}' }, { frame: 'ABLY_API_KEY=@' }),
  token('adyen-api-key', 'Adyen API key', 'AQE{b:60-130}({b:2}|==|{b:1}=)-{q:40-90}', {
    keywords: ['aqe'],
    right: 'A-Za-z0-9+/',
    entropy: 0.6,
    harmless: false,
  }),
  token('axiom-token', 'Axiom API and personal tokens', `(xaat|xapt)-${UUID}`),
  token('brex-token', 'Brex user token', 'bxt_{n:32-64}', { entropy: 0.7 }),
  near(
    'checkout-secret-key',
    'Checkout.com secret key',
    { words: ['checkout', 'cko'], format: 'sk_(sbox_{a:26}|{a:26})' },
    { right: '' },
  ),
  token('clickup-token', 'ClickUp personal API token', 'pk_{d:7-9}_{A:32}', { keywords: ['pk_'] }),
  token('courier-auth-token', 'Courier authorization token', 'pk_(prod|test)_{A:28}'),
  token(
    'honeycomb-key',
    'Honeycomb ingest and management keys',
    '(hcaik|hcaic|hcamk|hcbik|hcbic|hcbmk|hcxik|hcxic|hcxmk)_{a:58}',
  ),
  token('instagram-access-token', 'Instagram access token', 'IGQV{w:80-260}', { entropy: 0.6 }),
  token('lichess-token', 'Lichess personal access token', 'lip_{n:20}', { entropy: 0.8 }),
  token('matrix-access-token', 'Matrix (Synapse) access token', 'syt_{b:2-120}_{n:20}_{n:6}'),
  token('mercury-api-token', 'Mercury API token', 'mercury_(production|sandbox)_{l:3}_{n:40-50}_yrucrem', {
    right: 'A-Za-z0-9_',
  }),
  token('metabase-api-key', 'Metabase API key', 'mb_{b:42-43}=', { right: 'A-Za-z0-9+/=' }),
  token('onesignal-v2-key', 'OneSignal app and organisation keys', 'os_v2_(app|org)_{a:90-120}'),
  token('onfido-api-token', 'Onfido API token', 'api_(live|sandbox)(|_us|_ca).{w:11}.{w:32}', {
    keywords: ['api_live', 'api_sandbox'],
  }),
  token('paddle-api-key', 'Paddle API key', 'pdl_(live|sdbx)_apikey_{a:26}_{n:22}_{n:3}'),
  token('persona-api-key', 'Persona API key', `persona_(production|sandbox)_(${UUID}|{w:32-80})`, {
    keywords: ['persona_production_', 'persona_sandbox_'],
  }),
  token('pinterest-access-token', 'Pinterest access token', 'pina_{n:32-140}', { entropy: 0.6 }),
  token('planet-api-key', 'Planet API key', 'PLAK{n:32}', { entropy: 0.6 }),
  token('polar-access-token', 'Polar access tokens', 'polar_(oat|pat|at_u|at_o|rt_u|rt_o)_{w:32-64}'),
  token('retool-access-token', 'Retool access token', 'retool_01{a:24}', { entropy: 0.6 }),
  written('salesforce-session', 'Salesforce session and access token', '00D[A-Za-z0-9]{9,15}![A-Za-z0-9._\\-]{60,260}', {
    keywords: ['00d'],
    right: 'A-Za-z0-9._-',
    positive: [`sid=${formatSample('00D{n:12}!AQ{w:92}', 'salesforce')}`],
    negative: ['00D000000000000', '00Dxx0000000000!short', 'value = "<your salesforce-session>"'],
  }),
  near('sanity-token', 'Sanity API token', { words: ['sanity'], format: 'sk{n:78-200}' }),
  token('stytch-secret', 'Stytch project secret', 'secret-(live|test)-{w:35}=', { right: 'A-Za-z0-9_=-' }),
  token('telnyx-api-key', 'Telnyx API key', 'KEY0{A:31}_{n:22}'),
  token('ubidots-token', 'Ubidots token', 'BBFF-{n:30}', { entropy: 0.7 }),
  token('woocommerce-key', 'WooCommerce consumer key and secret', '(ck|cs)_{h:40}', { entropy: 0.6 }),
  token('zapier-webhook-url', 'Zapier webhook', 'hooks.zapier.com/hooks/catch/{d:5-9}/{a:6-32}', {
    left: '',
    frame: 'https://@/',
    entropy: 0.4,
  }),
];
