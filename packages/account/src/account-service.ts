import { attempt } from './attempt.ts'
import type { ServiceContext } from './context.ts'
import type { AccountProfile } from './db/account-profile.ts'
import { resolveHandle } from './handles/resolve-handle.ts'
import { createInviteCode, type InviteRequest } from './invites/create-invite-code.ts'
import { type DeleteAccountRequest, deleteAccount } from './lifecycle/delete-account.ts'
import { getAccount } from './lifecycle/get-account.ts'
import { requestPasswordReset } from './password-reset/request-password-reset.ts'
import { type ResetPasswordRequest, resetPassword } from './password-reset/reset-password.ts'
import {
  type CreateAccountRequest,
  type CreatedAccount,
  createAccount,
} from './registration/create-account.ts'
import { type AccessGrant, authenticate, getOwnAccount } from './sessions/authenticate.ts'
import { type LoginRequest, logIn, loginBudget, type SignedIn } from './sessions/log-in.ts'
import { logOut } from './sessions/log-out.ts'
import { refreshSession } from './sessions/refresh-session.ts'

/**
 * Everything the module does, without HTTP. Refusals are {@link AccountError}s; anything else that
 * is thrown is a fault.
 */
export interface AccountService {
  create(request: CreateAccountRequest): Promise<CreatedAccount>
  createInviteCode(request: InviteRequest): Promise<string>
  get(did: string): Promise<AccountProfile>
  /** The account of an access token; in one query. */
  getOwn(accessJwt: string): Promise<AccountProfile>
  delete(request: DeleteAccountRequest): Promise<void>
  requestPasswordReset(email: string, options?: { readonly delay?: number }): Promise<void>
  resetPassword(request: ResetPasswordRequest): Promise<void>
  logIn(request: LoginRequest): Promise<SignedIn>
  /** The key that rate limits count logins by: one for all names of an account. */
  loginBudget(name: string): Promise<string>
  refreshSession(refreshJwt: string): Promise<SignedIn>
  logOut(refreshJwt: string): Promise<void>
  resolveHandle(handle: string): Promise<string>
  authenticate(
    accessJwt: string,
    options: { readonly allowDisabled: boolean },
  ): Promise<AccessGrant>
}

export function createAccountService(context: ServiceContext): AccountService {
  return {
    create: (request) => attempt(createAccount(context, request)),
    createInviteCode: (request) => attempt(createInviteCode(context, request)),
    get: (did) => attempt(getAccount(context, did)),
    getOwn: (accessJwt) => attempt(getOwnAccount(context, accessJwt)),
    delete: (request) => attempt(deleteAccount(context, request)),
    requestPasswordReset: (email, options) =>
      attempt(requestPasswordReset(context, email, options)),
    resetPassword: (request) => attempt(resetPassword(context, request)),
    logIn: (request) => attempt(logIn(context, request)),
    loginBudget: (name) => attempt(loginBudget(context, name)),
    refreshSession: (refreshJwt) => attempt(refreshSession(context, refreshJwt)),
    logOut: (refreshJwt) => attempt(logOut(context, refreshJwt)),
    resolveHandle: (handle) => attempt(resolveHandle(context, handle)),
    authenticate: (accessJwt, options) => attempt(authenticate(context, accessJwt, options)),
  }
}
