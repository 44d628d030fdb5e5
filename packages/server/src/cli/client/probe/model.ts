/** A model of a script for either client, on a loopback port. It stands where the real provider would. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { answerJson, bodyOf, Loopback } from './loopback.ts';
import { ToolScript } from './script.ts';

export class ScriptedTools extends ToolScript {
  readonly #loopback = new Loopback((req, res) => this.#serve(req, res));

  static async open(): Promise<ScriptedTools> {
    const model = new ScriptedTools();
    await model.#loopback.listen();
    return model;
  }

  get url(): string {
    return this.#loopback.url;
  }

  close(): Promise<void> {
    return this.#loopback.close();
  }

  async #serve(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const text = await bodyOf(req);
    if (req.method !== 'POST') return answerJson(res, { object: 'list', data: [] });
    const path = (req.url ?? '/').split('?')[0] ?? '/';
    if (!(await this.answer(path, JSON.parse(text) as Record<string, unknown>, res))) answerJson(res, { input_tokens: 100 });
  }
}
