/**
 * The shape that another language has to have: the same keys, other sentences. The French catalogue is
 * the source; an English one that lacks a key, or has one too many, fails `tsc`.
 */
export type Words<T> = {
  [K in keyof T]: T[K] extends string ? string : Words<T[K]>;
};
