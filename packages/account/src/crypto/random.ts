import { randomBytes } from 'node:crypto'

/** A source of random bytes. Tests inject their own; everything else uses {@link systemRandom}. */
export type RandomBytes = (size: number) => Uint8Array

/** The operating system's cryptographic generator. */
export const systemRandom: RandomBytes = (size) => randomBytes(size)
