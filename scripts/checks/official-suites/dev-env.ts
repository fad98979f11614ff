/** What the official suites import as `@atproto/dev-env`: the same classes, with an account module in the place of the PDS. */

export { basicSeed, SeedClient, usersSeed } from '#seeds'
export { TestNetworkNoAppView } from './network.ts'
export { TestPds } from './pds.ts'

/** Handles end in `.test` here, and nobody looks them up. */
export function mockNetworkUtilities(): void {}
