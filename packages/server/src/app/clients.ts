/** Clients under management, put together: their files from the bundle in force. */
import { claudeObjects, codexTexts, renderClient } from '../config/clients/render.ts';
import { NO_RULES, type RenderTerms, settingsDigest } from '../config/clients/terms.ts';
import type { ClientFilesSource, ClientName } from '../ports/clients.ts';
import type { SnapshotSource } from '../ports/registry.ts';

export interface ClientTermsOfApp {
  readonly snapshots: SnapshotSource;
  readonly publicUrl: () => string;
}

/** Nothing of it is kept: a new revision is in the next answer. */
export function clientFilesOf({ snapshots, publicUrl }: ClientTermsOfApp): ClientFilesSource {
  const termsFor = (name: ClientName): RenderTerms | undefined => {
    const settings = snapshots.current()?.settings.clients;
    if (settings === undefined || settings[name] === null) return undefined;
    return { settings, origin: settings.origin ?? publicUrl(), rules: NO_RULES };
  };
  return {
    files(name, { profile = false, signIn = false, ...rest } = {}) {
      const terms = termsFor(name);
      return terms === undefined ? undefined : renderClient(name, { ...terms, ...rest, signIn }, profile ? 'profile' : 'files');
    },
    claudeSettings(deviceKey) {
      const terms = termsFor('claude');
      return terms === undefined ? undefined : claudeObjects({ ...terms, device: { key: deviceKey } }).settings;
    },
    codexTexts(deviceKey) {
      const terms = termsFor('codex');
      return terms === undefined ? undefined : codexTexts({ ...terms, device: { key: deviceKey } });
    },
    digest(name) {
      const terms = termsFor(name);
      return terms === undefined ? undefined : settingsDigest(terms);
    },
  };
}
