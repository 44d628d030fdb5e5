/** How the demonstration speaks: numbered chapters, indented lines, colours where the terminal has them. */
import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

export class Teller {
  readonly #write: (text: string) => void;
  readonly #colour: boolean;
  readonly #begun = performance.now();
  #chapter = 0;

  constructor(write: (text: string) => void, colour: boolean) {
    this.#write = write;
    this.#colour = colour;
  }

  chapter(title: string): void {
    this.#chapter += 1;
    const seconds = ((performance.now() - this.#begun) / 1_000).toFixed(1).padStart(5);
    this.#write(`\n${this.#paint('bold', `${this.#chapter}. ${title}`)} ${this.#paint('dim', `[${seconds} s]`)}\n`);
  }

  line(text: string): void {
    this.#write(`   ${text}\n`);
  }

  good(text: string): void {
    this.line(`${this.#paint('green', 'ok')}  ${text}`);
  }

  bad(text: string): void {
    this.line(`${this.#paint('red', 'no')}  ${text}`);
  }

  #paint(style: Style, text: string): string {
    return this.#colour ? styleText(style, text) : text;
  }
}

export const dollars = (microUsd: number): string => `$${(microUsd / 1e6).toFixed(4)}`;
