import type { ServiceContext } from './context.ts'
import type { AccountProfile } from './db/account-profile.ts'
import { type ChangeHandleRequest, changeHandle } from './handles/change-handle.ts'
import { resolveHandle } from './handles/resolve-handle.ts'
import { createInviteCode, type InviteRequest } from './invites/create-invite-code.ts'
import { type DeleteAccountRequest, deleteAccount } from './lifecycle/delete-account.ts'
import { getAccount } from './lifecycle/get-account.ts'
import type { Caller } from './limits/caller.ts'
import { type AdminCredentials, authenticateAdmin } from './operator/authenticate-admin.ts'
import { requestPasswordReset } from './password-reset/request-password-reset.ts'
import { type ResetPasswordRequest, resetPassword } from './password-reset/reset-password.ts'
import { translatingRefusals } from './refusals.ts'
import {
  type CreateAccountRequest,
  type CreatedAccount,
  createAccount,
} from './registration/create-account.ts'
import { type AccessGrant, authenticate, getOwnAccount } from './sessions/authenticate.ts'
import { type LoginRequest, logIn, type SignedIn } from './sessions/log-in.ts'
import { logOut } from './sessions/log-out.ts'
import { refreshSession } from './sessions/refresh-session.ts'

/**
 * Everything the module does, without HTTP. Refusals are {@link AccountError}s; anything else that
 * is thrown is a fault. What guesses, mails or costs takes the caller that its limits count, whichever
 * way the call came.
 */
export interface AccountService {
  create(request: CreateAccountRequest, caller: Caller): Promise<CreatedAccount>
  createInviteCode(request: InviteRequest): Promise<string>
  get(did: string): Promise<AccountProfile>
  /** The account of an access token; in one query. */
  getOwn(accessJwt: string): Promise<AccountProfile>
  delete(request: DeleteAccountRequest, caller: Caller): Promise<void>
  requestPasswordReset(email: string, caller: Caller): Promise<void>
  resetPassword(request: ResetPasswordRequest, caller: Caller): Promise<void>
  logIn(request: LoginRequest, caller: Caller): Promise<SignedIn>
  refreshSession(refreshJwt: string, caller: Caller): Promise<SignedIn>
  logOut(refreshJwt: string): Promise<void>
  resolveHandle(handle: string): Promise<string>
  changeHandle(request: ChangeHandleRequest, caller: Caller): Promise<void>
  /** Of the user `admin`, for HTTP. */
  authenticateAdmin(credentials: AdminCredentials, caller: Caller): Promise<void>
  authenticate(
    accessJwt: string,
    options: { readonly allowDisabled: boolean },
  ): Promise<AccessGrant>
}

export function createAccountService(context: ServiceContext): AccountService {
  const attempt = translatingRefusals(context)
  const attemptAsAdmin = translatingRefusals(context, 'admin')
  return {
    create: (request, caller) => attempt(createAccount(context, request, caller)),
    createInviteCode: (request) => attempt(createInviteCode(context, request)),
    get: (did) => attempt(getAccount(context, did)),
    getOwn: (accessJwt) => attempt(getOwnAccount(context, accessJwt)),
    delete: (request, caller) => attempt(deleteAccount(context, request, caller)),
    requestPasswordReset: (email, caller) => attempt(requestPasswordReset(context, email, caller)),
    resetPassword: (request, caller) => attempt(resetPassword(context, request, caller)),
    logIn: (request, caller) => attempt(logIn(context, request, caller)),
    refreshSession: (refreshJwt, caller) => attempt(refreshSession(context, refreshJwt, caller)),
    logOut: (refreshJwt) => attempt(logOut(context, refreshJwt)),
    changeHandle: (request, caller) => attempt(changeHandle(context, request, caller)),
    resolveHandle: (handle) => attempt(resolveHandle(context, handle)),
    authenticateAdmin: (credentials, caller) =>
      attemptAsAdmin(authenticateAdmin(context, credentials, caller)),
    authenticate: (accessJwt, options) => attempt(authenticate(context, accessJwt, options)),
  }
}
