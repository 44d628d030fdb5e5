/** What the road did, counted for /metrics. */
import type { Counter } from '../api/deps.ts';
import type { Road } from '../ports/road.ts';

/** Codes come from the bundle too; beyond this many kinds the rest are counted together. */
const KINDS_MAX = 200;

export class Meter {
  readonly #decisions = new Map<string, number>();
  #underWay = 0;

  counters(): readonly Counter[] {
    const samples = [...this.#decisions].map(([key, value]) => {
      const [action = '', answer = '', code = ''] = key.split('|');
      return { labels: { action, answer, code }, value };
    });
    return [
      {
        name: 'countersign_decisions_total',
        help: 'Decisions of the road, by action, answer and code.',
        type: 'counter',
        samples,
      },
      {
        name: 'countersign_acts_under_way',
        help: 'Governed requests that have not ended.',
        type: 'gauge',
        samples: [{ labels: {}, value: this.#underWay }],
      },
    ];
  }

  /** The same road, counted. */
  over(road: Road): Road {
    return {
      identify: async (presented, where) => {
        const identified = await road.identify(presented, where);
        if (!identified.ok) this.#count('identify', 'deny', identified.denial.code);
        return identified;
      },
      govern: async (ask, act) => {
        this.#underWay += 1;
        try {
          const governed = await road.govern(ask, act);
          this.#count(ask.action, governed.ok ? 'allow' : 'deny', governed.ok ? 'ok' : governed.denial.code);
          return governed;
        } finally {
          this.#underWay -= 1;
        }
      },
      evaluate: async (ask) => {
        const evaluated = await road.evaluate(ask);
        this.#count(ask.action, evaluated.decision.answer, evaluated.decision.code);
        return evaluated;
      },
      preview: (ask) => road.preview(ask),
      refuse: async (ask) => {
        this.#count(ask.action ?? ask.door, 'deny', ask.code);
        return road.refuse(ask);
      },
    };
  }

  #count(action: string, answer: string, code: string): void {
    const key = `${action}|${answer}|${code}`;
    const known = this.#decisions.has(key) || this.#decisions.size < KINDS_MAX ? key : 'other|other|other';
    this.#decisions.set(known, (this.#decisions.get(known) ?? 0) + 1);
  }
}
