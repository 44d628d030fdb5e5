/** The same members, to be put in one after the other by whoever makes it. */
export type Mutable<T> = { -readonly [K in keyof T]: T[K] };
