/** What the personal-data rules say of themselves. Values are published test numbers, or made to have the right check digit and belong to nobody. */
import type { RaisedClass, RuleInfo } from '../detector.ts';

interface Examples {
  readonly positive: readonly string[];
  readonly negative: readonly string[];
}

const rule = (id: string, title: string, examples: Examples, raises: RaisedClass = 'confidential'): RuleInfo => ({
  id,
  kind: 'personal',
  title,
  raises,
  ...examples,
});

export const PERSONAL_RULES: readonly RuleInfo[] = [
  rule(
    'payment-card',
    'Payment card number',
    {
      positive: [
        'card 4111 1111 1111 1111',
        '5555-5555-5555-4444',
        '378282246310005',
        'pay with 6011111111111117 now',
        '3530 1113 3330 0000',
      ],
      negative: ['4111 1111 1111 1112', '94111111111111111', '0.4111111111111111', 'id 1234567890123456'],
    },
    'restricted',
  ),
  rule('email-address', 'E-mail address', {
    positive: ['write to ada.lovelace@example.org', 'mailto:jo+tag@mail.example.co.uk', '<m.müller@bücher.example>'],
    negative: ['git@github.com:org/repo', 'icon@2x.png', '@scope/package', 'a..b@', 'https://user:pw@host.example.com/'],
  }),
  rule('ip-address', 'IP address', {
    positive: [
      'from 203.0.113.7 at noon',
      'to 2001:db8::1',
      'fe80::1ff:fe23:4567:890a%eth0',
      '::ffff:192.0.2.128',
      'http://198.51.100.4:8080/',
    ],
    negative: ['version 1.2.3.4', 'v10.0.0.1', '1.2.3', '256.1.1.1', 'std::string', '12:30:45', 'Chrome/120.0.0.0'],
  }),
  rule('phone-number', 'Telephone number', {
    positive: [
      '+44 20 7946 0958',
      '(212) 555-0142',
      '+49 30 901820',
      '06 12 34 56 78',
      '+1-202-555-0143',
      '07700 900123',
      'tel. 0151 23456789',
    ],
    negative: ['2024-01-31', '12.05.2023 10:30', '1700000000', '+1 23', '1.234.567'],
  }),
  rule('us-ssn', 'US social security number', {
    positive: ['ssn 219-09-9998', '219-09-9998', 'SSN: 219099998'],
    negative: ['000-12-3456', '666-12-3456', '912-12-3456', '219-00-9998', '219-09-0000', '219-099998', '219099998'],
  }),
  rule('mac-address', 'MAC address', {
    positive: ['00:1A:2B:3C:4D:5E', '00-1a-2b-3c-4d-5e', '001a.2b3c.4d5e'],
    negative: ['00:00:00:00:00:00', 'ff:ff:ff:ff:ff:ff', '00:1A:2B:3C:4D', '00:1A:2B:3C:4D:5E:6F'],
  }),
  rule('crypto-address', 'Address of a cryptocurrency', {
    positive: [
      '1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2',
      '3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy',
      'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4',
      'bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0',
      '0x52908400098527886E0F7030069857D2E4169EE7',
    ],
    negative: ['1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN3', 'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5', '0x5290840009852788'],
  }),
  rule('iban', 'International bank account number', {
    positive: ['DE89 3704 0044 0532 0130 00', 'GB82WEST12345698765432', 'NL91 ABNA 0417 1643 00', 'FR1420041010050500013M02606'],
    negative: ['DE89 3704 0044 0532 0130 01', 'GB82WEST1234569876543', 'XX82WEST12345698765432'],
  }),
  rule('gb-nhs', 'NHS number (Great Britain)', {
    positive: ['NHS number 943 476 5919', '"nhs_number":"943 476 5919"', 'nhsNumber: 9434765919'],
    negative: ['943 476 5919', 'NHS 943 476 5918'],
  }),
  rule('nl-bsn', 'BSN (Netherlands)', { positive: ['BSN 111222333'], negative: ['111222333', 'BSN 111222334'] }),
  rule('es-dni', 'DNI (Spain)', { positive: ['DNI 12345678Z', 'DNI: 12345678-Z'], negative: ['12345678Z', 'DNI 12345678A'] }),
  rule('es-nie', 'NIE (Spain)', { positive: ['NIE X1234567L'], negative: ['X1234567L', 'NIE X1234567A'] }),
  rule('it-codice-fiscale', 'Codice fiscale (Italy)', {
    positive: ['codice fiscale RSSMRA85T10A562S', 'codice_fiscale=RSSMRA85T10A562S', '"codiceFiscale":"RSSMRA85T10A562S"'],
    negative: ['RSSMRA85T10A562S', 'codice fiscale RSSMRA85T10A562T'],
  }),
  rule('pl-pesel', 'PESEL (Poland)', { positive: ['PESEL 44051401359'], negative: ['44051401359', 'PESEL 44051401358'] }),
  rule('br-cpf', 'CPF (Brazil)', {
    positive: ['CPF 529.982.247-25', 'cpf 52998224725'],
    negative: ['529.982.247-25', 'CPF 529.982.247-26'],
  }),
  rule('br-cnpj', 'CNPJ (Brazil)', {
    positive: ['CNPJ 11.222.333/0001-81'],
    negative: ['11.222.333/0001-81', 'CNPJ 11.222.333/0001-82'],
  }),
  rule('in-aadhaar', 'Aadhaar (India)', {
    positive: ['Aadhaar 2341 2341 2346'],
    negative: ['2341 2341 2346', 'Aadhaar 2341 2341 2347'],
  }),
  rule('ca-sin', 'Social insurance number (Canada)', {
    positive: ['SIN 130 692 544'],
    negative: ['130 692 544', 'SIN 130 692 545'],
  }),
  rule('au-tfn', 'Tax file number (Australia)', { positive: ['TFN 123 456 782'], negative: ['123 456 782', 'TFN 123 456 783'] }),
  rule('se-personnummer', 'Personnummer (Sweden)', {
    positive: ['personnummer 811228-9874'],
    negative: ['811228-9874', 'personnummer 811228-9873'],
  }),
  rule('de-steuer-id', 'Tax id (Germany)', {
    positive: ['Steuer-ID 86 095 742 719', 'IdNr. 86095742719'],
    negative: ['86095742719', 'Steuer-ID 86 095 742 718'],
  }),
];
