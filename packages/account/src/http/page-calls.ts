import type { AccountService } from '../account-service.ts'
import type { CallerOf, LimitedCall } from './call-limits.ts'

/** An account by one of its names, and its password. */
export interface PageCredentials {
  /** A handle or an email address. */
  readonly name: string
  readonly password: string
}

/**
 * The methods that people need on pages, for pages of the host: within the limits and under the rules of the methods, and failing
 * with their errors, with `Retry-After` set on the response where that makes sense. Each call proves itself by the password of the
 * account; no session begins, and `checkLogin` is not asked.
 */
export interface PageCalls {
  /** Sends the code for a new password to an address, if an account has it. */
  requestPasswordReset(call: LimitedCall, request: { readonly email: string }): Promise<void>
  /** Sends the code that `confirmEmail` takes. */
  requestEmailConfirmation(call: LimitedCall, owner: PageCredentials): Promise<void>
  /** Confirms the address of the account, with a code from a mail to it. */
  confirmEmail(
    call: LimitedCall,
    request: PageCredentials & { readonly token: string },
  ): Promise<void>
  /** Sends the code that `changeEmail` takes, if the present address is confirmed; none is needed otherwise. */
  requestEmailChange(
    call: LimitedCall,
    owner: PageCredentials,
  ): Promise<{ readonly tokenRequired: boolean }>
  /** Gives the account another address, which is not confirmed; the former one is told. */
  changeEmail(
    call: LimitedCall,
    request: PageCredentials & { readonly email: string; readonly token?: string | undefined },
  ): Promise<void>
  /** Sends the code that `deleteAccount` takes. */
  requestDeletion(call: LimitedCall, owner: PageCredentials): Promise<void>
  /** Deletes the account; the operator can restore it for a while. */
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
