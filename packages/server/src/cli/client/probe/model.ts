/** A model of a script for either client, on a loopback port. It stands where the real provider would. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { bodyOf, Loopback } from './loopback.ts';
import { ToolScript } from './script.ts';

export class ScriptedTools extends ToolScript {
  #loopback: Loopback | undefined;

  static async open(): Promise<ScriptedTools> {
    const model = new ScriptedTools();
    model.#loopback = await Loopback.open((req, res) => model.#serve(req, res));
    return model;
  }

  get url(): string {
    return this.#loopback?.url ?? '';
  }

  async close(): Promise<void> {
    await this.#loopback?.close();
  }

  async #serve(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const text = await bodyOf(req);
    if (req.method !== 'POST') return json(res, { object: 'list', data: [] });
    const path = (req.url ?? '/').split('?')[0] ?? '/';
    if (!(await this.answer(path, JSON.parse(text) as Record<string, unknown>, res))) json(res, { input_tokens: 100 });
  }
}

const json = (res: ServerResponse, value: object): void => {
  res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
};
