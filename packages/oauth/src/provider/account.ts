import type { DeviceAccount, TokenInfo } from '@atproto/oauth-provider/store'
import type { LiveAccount } from '../store/live-account.ts'

/** An account as the provider and its pages know it. */
export type Account = TokenInfo['account']
export type Did = DeviceAccount['account']['did']

/** Makes accounts for the provider, each with the DID that its tokens are for. */
export type ToAccount = (account: LiveAccount) => Promise<Account>

export function accountMaker(audience: (did: string) => string | Promise<string>): ToAccount {
  return async ({ did, handle, email, emailConfirmed, deactivated }) => ({
    did: did as Did,
    pds: (await audience(did)) as Did,
    handle: handle as NonNullable<Account['handle']>,
    email,
    emailVerified: emailConfirmed,
    deactivated,
  })
}
