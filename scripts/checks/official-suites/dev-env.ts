/** Replaces `@atproto/dev-env` in the official suites: the same names, with an account module instead of the PDS. */
export { EXAMPLE_LABELER } from '#checkout/dev-env/src/const'
export { SeedClient } from '#checkout/dev-env/src/seed/client'
export { default as basicSeed } from '#checkout/pds/tests/seeds/basic'
export { default as usersSeed } from '#checkout/pds/tests/seeds/users'
export { TestNetworkNoAppView } from './network.ts'
export { TestPds } from './pds.ts'

/** Does nothing: handles are not looked up by DNS here. */
export function mockNetworkUtilities(): void {}
