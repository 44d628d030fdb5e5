/** Clients under management, put together: their files from the bundle in force. */
import { claudeObjects, codexTexts, renderClient } from '../config/clients/render.ts';
import { systemClock } from '../adapters/system/clock.ts';
import { clientRules, type RenderTerms, settingsDigest } from '../config/clients/terms.ts';
import { ClientWatcher } from '../jobs/client-watch/watch.ts';
import type { ClientFilesSource, ClientName } from '../ports/clients.ts';
import type { Log } from '../ports/log.ts';
import { OWN_DOORS_ORIGIN } from '../ports/own-doors.ts';
import type { SnapshotSource } from '../ports/registry.ts';
import { settingsChecksum } from '../ports/settings-checksum.ts';
import type { Stores } from './stores.ts';

export interface ManagedClientTerms {
  readonly snapshots: SnapshotSource;
  readonly stores: Stores;
  readonly log: Log;
  readonly publicUrl: () => string;
}

export interface ManagedClients {
  readonly files: ClientFilesSource;
  readonly watch: ClientWatcher;
}

export function openManagedClients({ snapshots, stores, log, publicUrl }: ManagedClientTerms): ManagedClients {
  const files = clientFilesOf(snapshots, publicUrl);
  const { org, sightings } = stores;
  const watch = new ClientWatcher({
    org,
    snapshots,
    sightings,
    clock: systemClock,
    log,
    digests: (name, inside) => files.digest(name, inside),
  });
  return { files, watch };
}

/** Nothing of it is kept: a new revision is in the next answer. */
function clientFilesOf(snapshots: SnapshotSource, publicUrl: () => string): ClientFilesSource {
  const termsFor = (name: ClientName, inside = false): RenderTerms | undefined => {
    const snapshot = snapshots.current();
    const settings = snapshot?.settings.clients;
    if (snapshot === undefined || settings === undefined || settings[name] === null) return undefined;
    return {
      settings,
      origin: inside ? OWN_DOORS_ORIGIN : (settings.origin ?? publicUrl()),
      rules: clientRules(snapshot.commands),
    };
  };
  return {
    files(name, { profile = false, signIn = false, inside = false, ...rest } = {}) {
      const terms = termsFor(name, inside);
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
    digest(name, inside) {
      const terms = termsFor(name, inside);
      if (terms === undefined) return undefined;
      return name === 'codex' ? settingsDigest(terms) : settingsChecksum(claudeObjects(terms).settings);
    },
  };
}
