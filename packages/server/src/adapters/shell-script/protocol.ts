/** What goes between the caller's thread and the one that parses. */
export interface Job {
  readonly id: number;
  readonly text: string;
}

export interface Answer {
  /** 0: the parser is ready. */
  readonly id: number;
  readonly commands?: readonly (readonly string[])[];
  /** The parser did not understand all of it. */
  readonly hasError?: boolean;
}
