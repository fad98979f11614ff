import type { UpdateRules } from './update-saga.ts'

/** Reads the log of a DID that has not been read yet or that others may have changed. */
export const logRefresh: UpdateRules = {
  isIn: () => true,
  change: () => ({}),
  finish: async () => {},
}
