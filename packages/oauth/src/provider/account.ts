import type { DeviceAccount, TokenInfo } from '@atproto/oauth-provider/store'
import type { LiveAccount } from '../store/live-account.ts'

/** An account in the form of the provider. */
export type Account = TokenInfo['account']
export type Did = DeviceAccount['account']['did']

/** Converts an account for the provider, with the DID that its tokens are for. */
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
