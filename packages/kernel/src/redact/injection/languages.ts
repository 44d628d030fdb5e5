/** The words of an order to set instructions aside, in more languages: what was said before, to drop it, and the rest that orders need. */
import { foldText } from '../hidden/view.ts';
import { SENSE } from './sense.ts';

interface Language {
  readonly drop: string;
  readonly prior: string;
  readonly orders: string;
  readonly not?: string;
  readonly tell?: string;
  readonly user?: string;
  readonly send?: string;
  readonly secret?: string;
}

const LANGUAGES: readonly Language[] = [
  // Dutch
  {
    drop: 'negeer negeren vergeet vergeten omzeil',
    prior: 'eerdere vorige voorgaande bovenstaande voorafgaande',
    orders: 'instructies instructie opdrachten aanwijzingen richtlijnen systeemprompt',
    not: 'niet nooit zonder geen',
    tell: 'vertel zeg meld noem toon informeer laat',
    user: 'gebruiker gebruikers',
    send: 'stuur verstuur verzend',
    secret: 'wachtwoord wachtwoorden sleutels inloggegevens',
  },
  // Polish
  {
    drop: 'zignoruj ignoruj ignorować zignorować zapomnij pomiń',
    prior: 'poprzednie poprzednich wcześniejsze wcześniejszych powyższe powyższych dotychczasowe',
    orders: 'instrukcje instrukcji polecenia poleceń wytyczne wytycznych',
    not: 'nie nigdy bez',
    tell: 'mów powiedz informuj wspominaj ujawniaj pokazuj',
    user: 'użytkownika użytkownikowi użytkownik',
    send: 'wyślij prześlij przekaż',
    secret: 'hasła hasło klucze dane',
  },
  // Swedish, Danish, Norwegian
  {
    drop: 'ignorera glöm bortse strunta åsidosätt ignorer glem tilsidesæt ignorér',
    prior: 'tidigare föregående ovanstående tidligere foregående ovenstående forrige',
    orders: 'instruktioner anvisningar direktiv riktlinjer systemprompten instrukser instruksjoner anvisninger retningslinjer',
    not: 'inte aldrig utan ikke aldri uden uten',
    tell: 'berätta säg nämn visa informera fortell fortæl nævn nevn',
    user: 'användaren användare brukeren brugeren',
    send: 'skicka',
    secret: 'lösenordet lösenord nycklar nycklarna adgangskode passord',
  },
  // Turkish
  {
    drop: 'yoksay unut unutun boşver',
    prior: 'önceki yukarıdaki evvelki şimdiye',
    orders: 'talimatları talimatlar talimatlarını yönergeleri yönergeler komutları istemi',
    not: 'asla olmadan',
    tell: 'söyleme bahsetme bildirme',
    user: 'kullanıcıya kullanıcıyı kullanıcı',
    send: 'gönder yolla ilet',
    secret: 'şifre şifreleri parola parolaları anahtarları',
  },
  // Arabic
  {
    drop: 'تجاهل تجاهلي تجاهلوا انس انسى أهمل',
    prior: 'السابقة السابق أعلاه سابقا',
    orders: 'التعليمات تعليمات الأوامر أوامر الإرشادات التوجيهات تعليماتك',
    not: 'لا بدون دون',
    tell: 'تخبر تذكر تكشف تظهر إخبار',
    user: 'المستخدم للمستخدم المستخدمين',
    send: 'أرسل ارسل',
    secret: 'السر المفاتيح مفاتيح كلمات المرور',
  },
  // Czech, Slovak, Ukrainian, Romanian, Hungarian, Finnish, Greek, Hebrew, Hindi, Indonesian, Vietnamese
  {
    drop: 'ignoruj ignorujte zapomeň zabudni',
    prior: 'předchozí předešlé predchádzajúce dřívější',
    orders: 'pokyny instrukce inštrukcie příkazy',
  },
  { drop: 'ігноруй ігноруйте проігноруй забудь', prior: 'попередні попередніх всі', orders: 'інструкції інструкцій вказівки' },
  { drop: 'ignoră ignorați uită', prior: 'anterioare precedente', orders: 'instrucțiunile instrucțiuni indicațiile' },
  { drop: 'hagyd felejtsd', prior: 'korábbi előző eddigi', orders: 'utasítást utasításokat utasítás' },
  { drop: 'ohita unohda', prior: 'aiemmat edelliset', orders: 'ohjeet ohjeita' },
  { drop: 'αγνόησε αγνοήστε ξέχασε', prior: 'προηγούμενες παραπάνω', orders: 'οδηγίες εντολές' },
  { drop: 'התעלם התעלמי התעלמו שכח', prior: 'הקודמות הקודמים', orders: 'ההוראות מההוראות הוראות' },
  { drop: 'अनदेखा नज़रअंदाज़ भूल', prior: 'पिछले पिछली पूर्व', orders: 'निर्देशों निर्देश आदेशों' },
  { drop: 'abaikan lupakan', prior: 'sebelumnya', orders: 'instruksi perintah arahan' },
];

const words = (list: string): string[] => foldText(list).split(' ');

const SENSES = {
  drop: SENSE.drop,
  prior: SENSE.prior,
  orders: SENSE.orders,
  not: SENSE.not,
  tell: SENSE.tell,
  user: SENSE.user,
  send: SENSE.send,
  secret: SENSE.secret,
} as const;

/** Senses with their words, as a view has them. */
export const LANGUAGE_TABLE: readonly (readonly [number, readonly string[]])[] = LANGUAGES.flatMap((language) =>
  (Object.keys(SENSES) as (keyof typeof SENSES)[]).map(
    (name) => [SENSES[name], language[name] === undefined ? [] : words(language[name])] as const,
  ),
);
