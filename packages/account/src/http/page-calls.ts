import type { AccountService } from '../account-service.ts'
import type { CallerOf, LimitedCall } from './call-limits.ts'

/** An account, by one of its names, and its password. */
export interface PageCredentials {
  /** A handle or an email address. */
  readonly name: string
  readonly password: string
}

/**
 * The methods that users need on pages of the host, with the limits, rules and errors of the XRPC
 * methods; errors set `Retry-After` on the response where it applies. Each call is authenticated by
 * the password of the account, begins no session and does not call `checkLogin`.
 */
export interface PageCalls {
  /** Mails the code for a new password, if an account has the address. */
  requestPasswordReset(call: LimitedCall, request: { readonly email: string }): Promise<void>
  /** Mails the code that `confirmEmail` requires. */
  requestEmailConfirmation(call: LimitedCall, owner: PageCredentials): Promise<void>
  /** Confirms the address of the account with a mailed code. */
  confirmEmail(
    call: LimitedCall,
    request: PageCredentials & { readonly token: string },
  ): Promise<void>
  /**
   * Mails the code that `changeEmail` requires if the present address is confirmed; otherwise none
   * is needed.
   */
  requestEmailChange(
    call: LimitedCall,
    owner: PageCredentials,
  ): Promise<{ readonly tokenRequired: boolean }>
  /**
   * Changes the address of the account. The new one is unconfirmed, and the former one is notified.
   */
  changeEmail(
    call: LimitedCall,
    request: PageCredentials & { readonly email: string; readonly token?: string | undefined },
  ): Promise<void>
  /** Mails the code that `deleteAccount` requires. */
  requestDeletion(call: LimitedCall, owner: PageCredentials): Promise<void>
  /** Deletes the account. The operator can restore it for a while. */
  deleteAccount(
    call: LimitedCall,
    request: PageCredentials & { readonly token: string },
  ): Promise<void>
}

export function createPageCalls(service: AccountService, callerOf: CallerOf): PageCalls {
  const prove = async (call: LimitedCall, { name, password }: PageCredentials) => {
    const caller = callerOf(call)
    const { did } = await service.verifyPassword({ name, password }, caller)
    return { did, caller }
  }
  return {
    requestPasswordReset: (call, { email }) => service.requestPasswordReset(email, callerOf(call)),
    requestEmailConfirmation: async (call, owner) => {
      const { did, caller } = await prove(call, owner)
      await service.requestEmailConfirmation(did, caller)
    },
    confirmEmail: async (call, { token, ...owner }) => {
      const { did, caller } = await prove(call, owner)
      const { email } = await service.get(did)
      await service.confirmEmail({ did, email, token }, caller)
    },
    requestEmailChange: async (call, owner) => {
      const { did, caller } = await prove(call, owner)
      return await service.requestEmailChange(did, caller)
    },
    changeEmail: async (call, { email, token, ...owner }) => {
      const { did, caller } = await prove(call, owner)
      await service.changeEmail({ did, email, token }, caller)
    },
    requestDeletion: async (call, owner) => {
      const { did, caller } = await prove(call, owner)
      await service.requestDeletion(did, caller)
    },
    deleteAccount: async (call, { token, ...owner }) => {
      const { did, caller } = await prove(call, owner)
      await service.confirmDeletion({ did, password: owner.password, token }, caller)
    },
  }
}
