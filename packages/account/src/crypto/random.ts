import { randomBytes } from 'node:crypto'

/** A source of random bytes, injected by tests; {@link systemRandom} by default. */
export type RandomBytes = (size: number) => Uint8Array

/** The operating system's cryptographic generator. */
export const systemRandom: RandomBytes = (size) => randomBytes(size)
