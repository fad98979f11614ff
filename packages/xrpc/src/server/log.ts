import { subsystemLogger } from '@atproto/common'

/** The logger that the stock server writes to. */
export const log: ReturnType<typeof subsystemLogger> = subsystemLogger('xrpc-server')
