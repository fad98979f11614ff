import type { AccountModule } from '@lexwright/account'

export interface EntrywayOptions {
  /**
   * Needs a DID directory: hosts publish the DIDs of new accounts there, and the entryway updates
   * them.
   */
  readonly accounts: AccountModule
  /** Sends requests to hosts; the global `fetch` by default. */
  readonly fetch?: typeof globalThis.fetch
  /**
   * Sends requests to other PDSes, from which accounts move in. The default uses TLS and reaches no
   * private addresses.
   */
  readonly safeFetch?: typeof globalThis.fetch
  /**
   * Random numbers from 0 to below 1, to choose hosts for new accounts; `Math.random` by default.
   */
  readonly random?: () => number
}
