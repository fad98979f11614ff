import type { AccountModule } from '@lexwright/account'

export interface EntrywayOptions {
  /** Made with a directory: hosts publish the DIDs of new accounts there, and the entryway changes them. */
  readonly accounts: AccountModule
  /** Calls hosts. */
  readonly fetch?: typeof globalThis.fetch
  /** Picks the hosts of new accounts; `Math.random` by default. */
  readonly random?: () => number
}
