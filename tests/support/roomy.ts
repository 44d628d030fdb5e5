/** A governance directory whose limits are out of the way, for tests that are about something else. */
import { join } from 'node:path';
import { editYaml } from './installation.ts';

interface Line {
  get(name: string): unknown;
  set(name: string, value: unknown): void;
}

/** Units whose lines are raised; all when none are named. */
export function roomy(directory: string, ...units: readonly string[]): void {
  editYaml(join(directory, 'countersign.yaml'), (root) => {
    for (const line of (root.get('budgets') as { items: Line[] }).items) {
      const unit = String(line.get('unit'));
      if (units.length === 0 || units.includes(unit)) line.set('limit', unit === 'concurrency' ? 10_000 : 1_000_000_000_000);
    }
    (root.get('loop') as Line).set('repeats', 10_000);
  });
}
