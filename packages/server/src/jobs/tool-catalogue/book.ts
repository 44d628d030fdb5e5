/** The pins as this process knows them, by server and name. */
import type { PinRecord, ToolPins } from '../../ports/tool-pins.ts';

export class PinBook {
  readonly #pins: Pick<ToolPins, 'changes'>;
  readonly #org: string;
  readonly #records = new Map<string, Map<string, Map<string, PinRecord>>>();
  #version = 0;
  #pulling: Promise<boolean> | undefined;

  constructor(pins: Pick<ToolPins, 'changes'>, org: string) {
    this.#pins = pins;
    this.#org = org;
  }

  get version(): number {
    return this.#version;
  }

  find(server: string, name: string, pin: string): PinRecord | undefined {
    return this.#records.get(server)?.get(name)?.get(pin);
  }

  /** All that were ever offered under this name. */
  ofTool(server: string, name: string): readonly PinRecord[] {
    return [...(this.#records.get(server)?.get(name)?.values() ?? [])];
  }

  ofServer(server: string): readonly PinRecord[] {
    return [...(this.#records.get(server)?.values() ?? [])].flatMap((pins) => [...pins.values()]);
  }

  all(): readonly PinRecord[] {
    return [...this.#records.keys()].flatMap((server) => this.ofServer(server));
  }

  /** Reads what is newer. @returns whether anything was @throws Fault store.* */
  async pull(): Promise<boolean> {
    // One after the other: an older answer must never be laid over a newer one.
    while (this.#pulling !== undefined) await this.#pulling.catch(() => undefined);
    this.#pulling = this.#read();
    try {
      return await this.#pulling;
    } finally {
      this.#pulling = undefined;
    }
  }

  async #read(): Promise<boolean> {
    const { version, records } = await this.#pins.changes(this.#org, this.#version);
    for (const record of records) this.#put(record);
    this.#version = version;
    return records.length > 0;
  }

  #put(record: PinRecord): void {
    const tools = this.#records.get(record.server) ?? new Map<string, Map<string, PinRecord>>();
    this.#records.set(record.server, tools);
    const pins = tools.get(record.name) ?? new Map<string, PinRecord>();
    tools.set(record.name, pins);
    pins.set(record.pin, record);
  }
}
