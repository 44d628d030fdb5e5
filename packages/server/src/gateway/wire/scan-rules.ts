/** What a bundle says about findings, made ready for the scanner: one profile for each place, clearance and sort of text. */
import { type Accepted, FINDING_KINDS, type FindingKind, type Profile, type RaisedClass } from '@countersign/kernel/redact';
import {
  DATA_CLASSES,
  type DataClass,
  type ScanAction,
  type ScanPlace,
  type ScanSettings,
  type Settings,
} from '../../ports/registry.ts';
import { scanSettings } from '../../ports/scan-settings.ts';

/** Of what a model says, orders are judged when they come back as a prompt: a sentence would be held back until it ends. */
const NOT_SOUGHT: Partial<Record<ScanPlace, FindingKind>> = { answers: 'injection', records: 'injection' };

export class ScanRules {
  readonly settings: ScanSettings;
  readonly #accepted: readonly Accepted[];
  readonly #profiles = new Map<string, Profile>();

  /** @param nowMs exceptions that have expired by then count no more */
  constructor(settings: ScanSettings, nowMs: number) {
    this.settings = settings;
    // Exceptions for files are for doors that know files.
    this.#accepted = settings.exceptions
      .filter(({ path, until }) => path === undefined && Date.parse(until) > nowMs)
      .map(({ rule, fingerprint }) => ({
        ...(rule === undefined ? {} : { rule }),
        ...(fingerprint === undefined ? {} : { fingerprint }),
      }));
  }

  action(place: ScanPlace, kind: FindingKind): ScanAction {
    return this.settings.actions[place][kind];
  }

  denies(place: ScanPlace): boolean {
    return FINDING_KINDS.some((kind) => this.action(place, kind) === 'deny');
  }

  /**
   * What would be denied is taken out too, so that it is not on its way when the denial comes.
   * @param clearance highest class that whoever reads it may see
   * @param sparesWeak for texts that may be code: what only its context makes a finding stays in
   */
  profile(place: ScanPlace, clearance: DataClass, sparesWeak: boolean): Profile {
    const known = `${place} ${clearance} ${sparesWeak}`;
    let profile = this.#profiles.get(known);
    if (profile === undefined) {
      const of = (...actions: ScanAction[]) => this.#kinds(place).filter((kind) => actions.includes(this.action(place, kind)));
      profile = this.#freeze(place, {
        redact: of('redact', 'deny'),
        fit: { kinds: of('fit'), clearance: raisedBy(clearance) },
        sparesWeak,
      });
      this.#profiles.set(known, profile);
    }
    return profile;
  }

  /** Looks for everything and changes nothing. */
  search(place: ScanPlace): Profile {
    let profile = this.#profiles.get(place);
    if (profile === undefined) {
      profile = this.#freeze(place, { redact: [], sparesWeak: true });
      this.#profiles.set(place, profile);
    }
    return profile;
  }

  /** Whether a value that raises so far may be put back for its placeholder. */
  isReversible(raises: RaisedClass): boolean {
    return raises === 'none' || DATA_CLASSES.indexOf(raises) <= DATA_CLASSES.indexOf(this.settings.reversible);
  }

  #kinds(place: ScanPlace): readonly FindingKind[] {
    return FINDING_KINDS.filter((kind) => kind !== NOT_SOUGHT[place]);
  }

  #freeze(place: ScanPlace, rest: Pick<Profile, 'redact' | 'fit' | 'sparesWeak'>): Profile {
    const { regions } = this.settings;
    // Natural text: an address in a comment is an address.
    return Object.freeze({ place: 'prose', regions, kinds: this.#kinds(place), accepted: this.#accepted, ...rest });
  }
}

const raisedBy = (clearance: DataClass): RaisedClass =>
  clearance === 'confidential' || clearance === 'restricted' ? clearance : 'none';

interface Made {
  readonly rules: ScanRules;
  /** When the next exception expires. */
  readonly untilMs: number;
}

const made = new WeakMap<Settings, Made>();

/** The rules of a snapshot's settings at this moment. */
export function scanRules(settings: Settings, nowMs: number): ScanRules {
  const known = made.get(settings);
  if (known !== undefined && nowMs < known.untilMs) return known.rules;
  const scanning = scanSettings(settings);
  const rules = new ScanRules(scanning, nowMs);
  const ends = scanning.exceptions.map(({ until }) => Date.parse(until)).filter((end) => end > nowMs);
  made.set(settings, { rules, untilMs: Math.min(Number.POSITIVE_INFINITY, ...ends) });
  return rules;
}

/** The lowest of the classes that are named. */
export function lowestClass(named: readonly (DataClass | undefined)[]): DataClass {
  let rank = DATA_CLASSES.length - 1;
  for (const name of named) if (name !== undefined) rank = Math.min(rank, Math.max(0, DATA_CLASSES.indexOf(name)));
  return DATA_CLASSES[rank] ?? 'public';
}
