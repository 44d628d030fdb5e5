/** From the bundle to the files of one client. The same terms give the same bytes. */
import type { CommandRules } from '@countersign/kernel/command';
import { Fault } from '@countersign/kernel/fault';
import type { JsonRecord } from '@countersign/kernel/json';
import { stringify } from 'smol-toml';
import type { ClientFile, ClientName, ClientTerms } from '../../ports/clients.ts';
import { claudeSettings, claudeToolServers } from './claude-settings.ts';
import { codexConfig } from './codex-config.ts';
import { codexRequirements, type TomlTable } from './codex-requirements.ts';
import { claudePayload, codexPayload, configurationProfile } from './profile.ts';
import { clientRules, type RenderTerms } from './terms.ts';

/** How a client's files reach a machine: as files, or as a configuration profile of a management system. */
export type Delivery = 'files' | 'profile';

/** @throws Fault config.invalid where the bundle does not manage this client */
export function renderClient(name: ClientName, terms: RenderTerms, delivery: Delivery = 'files'): readonly ClientFile[] {
  return name === 'codex' ? codexFiles(terms, delivery) : claudeFiles(terms, delivery);
}

function codexFiles(terms: RenderTerms, delivery: Delivery): readonly ClientFile[] {
  const { requirements, config } = codexTexts(terms);
  if (delivery === 'profile')
    return [{ name: 'codex.mobileconfig', text: configurationProfile(codexPayload(requirements, config)) }];
  return [
    { name: 'requirements.toml', text: requirements },
    { name: 'managed_config.toml', text: config },
  ];
}

/** @throws Fault config.invalid */
export function codexTexts(terms: RenderTerms): { readonly requirements: string; readonly config: string } {
  const codex = termsOf('codex', terms);
  return { requirements: toml(codexRequirements(terms, codex)), config: toml(codexConfig(terms, codex)) };
}

function claudeFiles(terms: RenderTerms, delivery: Delivery): readonly ClientFile[] {
  const { settings, toolServers } = claudeObjects(delivery === 'profile' ? { ...terms, signIn: true } : terms);
  if (delivery === 'profile') return [{ name: 'claude.mobileconfig', text: configurationProfile(claudePayload(settings)) }];
  const file = { name: 'managed-settings.json', text: json(settings) };
  // Who signs in gets the tool servers with the settings, with a key in them; over plain http, to this machine, the client takes a file only.
  if (terms.signIn === true && terms.origin.startsWith('https:')) return [file];
  return [file, { name: 'managed-mcp.json', text: json(toolServers) }];
}

/** @throws Fault config.invalid */
export function claudeObjects(terms: RenderTerms): { readonly settings: JsonRecord; readonly toolServers: JsonRecord } {
  const claude = termsOf('claude', terms);
  return { settings: claudeSettings(terms, claude), toolServers: claudeToolServers(terms) };
}

function termsOf(name: ClientName, { settings }: RenderTerms): ClientTerms {
  const terms = settings[name];
  if (terms === null)
    throw new Fault('config.invalid', `The bundle does not manage \`${name}\`: clients.yaml has no \`${name}\`.`);
  return terms;
}

const HEAD = '# Written by Countersign from the bundle; changes here are found and undone.\n';

const toml = (table: TomlTable): string => `${HEAD}${stringify(table)}\n`;
const json = (value: JsonRecord): string => `${JSON.stringify(value, null, 2)}\n`;

/** For a machine, from settings alone. @throws Fault config.invalid */
export const clientFilesIn = (
  name: ClientName,
  {
    profile,
    commands,
    ...terms
  }: Omit<RenderTerms, 'rules' | 'device'> & { readonly profile: boolean; readonly commands: CommandRules },
): readonly ClientFile[] => renderClient(name, { ...terms, rules: clientRules(commands) }, profile ? 'profile' : 'files');
