import { describe, expect, test } from 'vitest';
import { SCAN_DEFAULTS, scanSettings } from '../../ports/scan-settings.ts';
import { buildBundle } from '../build/build.ts';
import { findingText } from '../finding.ts';
import { starterFiles } from '../testing/starter.ts';
import { cedarText } from '../testing/tools.ts';

const NOW = Date.parse('2026-11-28T00:00:00Z');

async function built(scanning: string) {
  const files = await starterFiles();
  const text = files['countersign.yaml'] ?? '';
  const result = await buildBundle({ ...files, 'countersign.yaml': `${text}\n${scanning}\n` }, { cedar: cedarText, nowMs: NOW });
  return { told: result.findings.map(findingText), settings: result.ok ? result.snapshot.settings : undefined };
}

describe('scanning in countersign.yaml', () => {
  test('says nothing: what ships holds, as in bundles that are older', async () => {
    const { told, settings } = await built('');
    expect([told, settings?.scanning]).toEqual([[], SCAN_DEFAULTS]);
    expect(scanSettings({})).toBe(SCAN_DEFAULTS);
  });

  test('tightens without a reason', async () => {
    const { told, settings } = await built(
      'scanning: { prompts: { secret: deny, injection: deny }, regions: [NL, GB, NL], reversible: internal }',
    );
    expect(told).toEqual([]);
    expect(settings?.scanning).toMatchObject({
      actions: {
        prompts: { secret: 'deny', personal: 'fit', hidden: 'redact', injection: 'deny' },
        answers: SCAN_DEFAULTS.actions.answers,
      },
      regions: ['GB', 'NL'],
      reversible: 'internal',
    });
  });

  test('loosens with a reason only', async () => {
    expect((await built('scanning: { prompts: { personal: report } }')).told).toEqual([
      expect.stringContaining('scanning.loosened: `report` is weaker than `fit`'),
    ]);
    expect((await built('scanning: { prompts: { personal: report }, reason: No agent of ours sees customers. }')).told).toEqual(
      [],
    );
  });

  test('an exception that has expired is told', async () => {
    const exception = (until: string) =>
      `scanning: { exceptions: [{ rule: jwt, reason: The sample of our own docs., until: '${until}' }] }`;
    expect((await built(exception('2026-12-01T00:00:00Z'))).told).toEqual([]);
    expect((await built(exception('2026-11-01T00:00:00Z'))).told).toEqual([
      expect.stringContaining('warning scanning.exception-expired'),
    ]);
  });

  test.each([
    ['an unknown kind', 'scanning: { prompts: { secrets: deny } }', 'did you mean `secret`?'],
    ['an unknown place', 'scanning: { prompt: { secret: deny } }', 'did you mean `prompts`?'],
    ['an unknown action', 'scanning: { prompts: { secret: mask } }', 'must be one of report, fit, redact, deny'],
    ['orders in answers, which are not looked for', 'scanning: { answers: { injection: deny } }', 'must be report'],
    [
      'secrets that are kept in records',
      'scanning: { records: { secret: report }, reason: because we like it }',
      'must be redact',
    ],
    [
      'an exception without a reason',
      "scanning: { exceptions: [{ rule: jwt, reason: '', until: '2026-12-01T00:00:00Z' }] }",
      'reason',
    ],
    [
      'an exception for everything',
      "scanning: { exceptions: [{ reason: just because, until: '2026-12-01T00:00:00Z' }] }",
      'must name a rule or a fingerprint',
    ],
    ['a region that is none', 'scanning: { regions: [nl] }', 'must be a country'],
  ])('%s is refused', async (_what, text, says) => {
    const { told, settings } = await built(text);
    expect(settings).toBeUndefined();
    expect(told.join('\n')).toContain(says);
  });
});
