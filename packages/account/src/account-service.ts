import {
  type AppPassword,
  type AppPasswordRequest,
  type CreatedAppPassword,
  createAppPassword,
  listAppPasswords,
  revokeAppPassword,
} from './app-passwords/app-passwords.ts'
import type { ServiceContext } from './context.ts'
import type { AccountProfile } from './db/account-profile.ts'
import { type ChangeEmailRequest, changeEmail, requestEmailChange } from './email/change-email.ts'
import {
  type ConfirmEmailRequest,
  confirmEmail,
  requestEmailConfirmation,
} from './email/confirm-email.ts'
import { type ChangeHandleRequest, changeHandle } from './handles/change-handle.ts'
import { checkHandleAvailability, type HandleAvailability } from './handles/check-availability.ts'
import { resolveHandle } from './handles/resolve-handle.ts'
import { namesHome } from './identity/check-did.ts'
import { findSigningKey } from './identity/did-state.ts'
import type { DidData } from './identity/operation.ts'
import { recommendCredentials, submitOperation } from './identity/plc-operations.ts'
import {
  type ResolvedIdentity,
  refreshIdentity,
  resolveAnyHandle,
  resolveDid,
  resolveIdentity,
} from './identity/resolve-identity.ts'
import {
  requestOperationCode,
  type SignOperationRequest,
  signOperation,
} from './identity/sign-operation.ts'
import {
  type AccountInvites,
  createInviteCodes,
  type InvitesRequest,
  listAccountInvites,
  type UsedInvite,
} from './invites/account-invites.ts'
import { createInviteCode, type InviteRequest } from './invites/create-invite-code.ts'
import { reserveSigningKey } from './keys/reserve-key.ts'
import { createServiceAuth, type ServiceAuthRequest } from './keys/service-auth.ts'
import {
  type ConfirmDeletionRequest,
  confirmDeletion,
  requestDeletion,
} from './lifecycle/confirm-deletion.ts'
import {
  activateAccount,
  type DeactivateRequest,
  deactivateAccount,
} from './lifecycle/deactivate-account.ts'
import { type DeleteAccountRequest, deleteAccount } from './lifecycle/delete-account.ts'
import { getAccount } from './lifecycle/get-account.ts'
import type { Caller } from './limits/caller.ts'
import {
  type AdminCredentials,
  admitModerator,
  authenticateAdmin,
  authenticateHostAdmin,
  type FindHostOperator,
  type HostOperator,
} from './operator/authenticate-admin.ts'
import { requestPasswordReset } from './password-reset/request-password-reset.ts'
import { type ResetPasswordRequest, resetPassword } from './password-reset/reset-password.ts'
import { translatingRefusals } from './refusals.ts'
import {
  type CreateAccountRequest,
  type CreatedAccount,
  createAccount,
} from './registration/create-account.ts'
import { type MoveInRequest, moveIn } from './registration/move-in.ts'
import {
  type AccessGrant,
  type Admission,
  authenticate,
  getOwnAccount,
  viewSession,
} from './sessions/authenticate.ts'
import { checkOwner, type OwnerCredentials } from './sessions/check-owner.ts'
import { createSessionFor, verifyPassword } from './sessions/host-session.ts'
import {
  authenticateOwner,
  type LoginRequest,
  logIn,
  type ProvenOwner,
  type SignedIn,
} from './sessions/log-in.ts'
import { logOut } from './sessions/log-out.ts'
import {
  describeSignedIn,
  type RefreshedSession,
  refreshSession,
} from './sessions/refresh-session.ts'
import { describeSession, type SessionAccount } from './sessions/session-account.ts'

/**
 * Everything the module does, without HTTP. Refusals are {@link AccountError}s; any other error is
 * a fault. Operations that guess, send mail or are expensive take the caller that their limits
 * count.
 */
export interface AccountService {
  create(request: CreateAccountRequest, caller: Caller): Promise<CreatedAccount>
  createInviteCode(request: InviteRequest): Promise<string>
  get(did: string): Promise<AccountProfile>
  /** The account of an access token, in one query. */
  getOwn(accessJwt: string): Promise<AccountProfile>
  delete(request: DeleteAccountRequest, caller: Caller): Promise<void>
  requestPasswordReset(email: string, caller: Caller): Promise<void>
  /** Returns the DID of the account. */
  resetPassword(request: ResetPasswordRequest, caller: Caller): Promise<string>
  logIn(request: LoginRequest, caller: Caller): Promise<SignedIn>
  refreshSession(refreshJwt: string, caller: Caller): Promise<RefreshedSession>
  logOut(refreshJwt: string): Promise<void>
  resolveHandle(handle: string): Promise<string>
  changeHandle(request: ChangeHandleRequest, caller: Caller): Promise<void>
  /** Resolves a handle of this service or of another one. */
  resolveAnyHandle(handle: string): Promise<string>
  resolveDid(did: string, options?: { readonly isFresh?: boolean }): Promise<object>
  resolveIdentity(identifier: string): Promise<ResolvedIdentity>
  /**
   * Like `resolveIdentity`, bypassing caches. For an account of this service, also mirrors its DID.
   */
  refreshIdentity(identifier: string, caller: Caller): Promise<ResolvedIdentity>
  /** The keys, handle and service that the DID of an account should have. */
  recommendCredentials(did: string): Promise<DidData>
  /** Mails the code that `signOperation` requires. */
  requestOperationCode(did: string, caller: Caller): Promise<void>
  /** Signs an operation for a DID on behalf of its owner, without publishing it. */
  signOperation(
    request: SignOperationRequest,
    caller: Caller,
  ): Promise<Readonly<Record<string, unknown>>>
  submitOperation(did: string, operation: Readonly<Record<string, unknown>>): Promise<void>
  /** True if the DID of an account names this service. */
  doesDidNameHome(did: string): Promise<boolean>
  /** Creates an account for a DID of another host. The caller has verified its service token. */
  moveIn(request: MoveInRequest, caller: Caller): Promise<CreatedAccount>
  /** The signing key currently in the DID document; undefined if there is none. */
  findSigningKey(did: string): Promise<string | undefined>
  /** Begins a session for an account that the host has authenticated itself. */
  createSession(did: string): Promise<SignedIn>
  /** Checks a name and a password and returns the account, without a session. */
  verifyPassword(
    request: Pick<LoginRequest, 'name' | 'password'>,
    caller: Caller,
  ): Promise<{ readonly did: string; readonly handle: string }>
  /** Checks a name, a password and the second factor and returns the account, without a session. */
  authenticateOwner(
    request: Pick<LoginRequest, 'name' | 'password' | 'authFactorToken'>,
    caller: Caller,
  ): Promise<ProvenOwner>
  createServiceAuth(did: string, request: ServiceAuthRequest): Promise<string>
  /** Reserves a signing key for a future account; returns the public key. */
  reserveSigningKey(did: string | undefined, caller: Caller): Promise<string>
  /** Checks Basic credentials of the user `admin`. */
  authenticateAdmin(credentials: AdminCredentials, caller: Caller): Promise<void>
  /** Like `authenticateAdmin`, also with the admin password of a host. */
  authenticateHostAdmin(
    credentials: AdminCredentials,
    options: { readonly caller: Caller; readonly findHost: FindHostOperator },
  ): Promise<HostOperator | undefined>
  /**
   * Runs `verify`, which throws unless the caller is the moderation service, within rate limits,
   * and audits it; returns the DID of the service.
   */
  admitModerator(verify: () => Promise<string>, caller: Caller): Promise<string>
  authenticate(accessJwt: string, admission: Admission): Promise<AccessGrant>
  createAppPassword(request: AppPasswordRequest): Promise<CreatedAppPassword>
  listAppPasswords(did: string): Promise<readonly AppPassword[]>
  revokeAppPassword(request: Pick<AppPasswordRequest, 'did' | 'name'>): Promise<void>
  createInviteCodes(request: InvitesRequest): Promise<readonly AccountInvites[]>
  /** Invite codes that belong to an account, newest first. */
  listInvites(query: {
    readonly did: string
    readonly includeUsed: boolean
  }): Promise<readonly UsedInvite[]>
  deactivateAccount(request: DeactivateRequest): Promise<void>
  activateAccount(did: string): Promise<void>
  /** Mails the code that `confirmDeletion` requires. */
  requestDeletion(did: string, caller: Caller): Promise<void>
  confirmDeletion(request: ConfirmDeletionRequest, caller: Caller): Promise<void>
  /** Checks the password of an account within the login budgets, without a session. */
  checkOwner(credentials: OwnerCredentials, caller: Caller): Promise<void>
  checkHandleAvailability(handle: string, caller: Caller): Promise<HandleAvailability>
  requestEmailConfirmation(did: string, caller: Caller): Promise<void>
  confirmEmail(request: ConfirmEmailRequest, caller: Caller): Promise<void>
  requestEmailChange(did: string, caller: Caller): Promise<{ readonly tokenRequired: boolean }>
  /** Changes the address or switches the second factor by mail. */
  changeEmail(request: ChangeEmailRequest, caller: Caller): Promise<void>
  /** An account as today's clients see it in each answer with a session. */
  describeSession(did: string): Promise<SessionAccount>
  /** Adds the account to new tokens, which are renewed if it has moved to another host. */
  describeSignedIn(signedIn: SignedIn): Promise<RefreshedSession>
  /** Like `describeSession`, for an access token, in one query. */
  viewSession(accessJwt: string): Promise<SessionAccount>
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
    resolveAnyHandle: (handle) => attempt(resolveAnyHandle(context, handle)),
    resolveDid: (did, options) => attempt(resolveDid(context, did, options)),
    resolveIdentity: (identifier) => attempt(resolveIdentity(context, identifier)),
    refreshIdentity: (identifier, caller) => attempt(refreshIdentity(context, identifier, caller)),
    recommendCredentials: (did) => attempt(recommendCredentials(context, did)),
    requestOperationCode: (did, caller) => attempt(requestOperationCode(context, did, caller)),
    signOperation: (request, caller) => attempt(signOperation(context, request, caller)),
    submitOperation: (did, operation) => attempt(submitOperation(context, did, operation)),
    doesDidNameHome: (did) => attempt(namesHome(context, did)),
    moveIn: (request, caller) => attempt(moveIn(context, request, caller)),
    findSigningKey: (did) => attempt(findSigningKey(context, did)),
    createSession: (did) => attempt(createSessionFor(context, did)),
    verifyPassword: (request, caller) => attempt(verifyPassword(context, request, caller)),
    authenticateOwner: (request, caller) => attempt(authenticateOwner(context, request, caller)),
    createServiceAuth: (did, request) => attempt(createServiceAuth(context, did, request)),
    reserveSigningKey: (did, caller) => attempt(reserveSigningKey(context, did, caller)),
    resolveHandle: (handle) => attempt(resolveHandle(context, handle)),
    authenticateAdmin: (credentials, caller) =>
      attemptAsAdmin(authenticateAdmin(context, credentials, caller)),
    authenticateHostAdmin: (credentials, options) =>
      attemptAsAdmin(authenticateHostAdmin(context, credentials, options)),
    admitModerator: (verify, caller) => attemptAsAdmin(admitModerator(context, verify, caller)),
    authenticate: (accessJwt, admission) => attempt(authenticate(context, accessJwt, admission)),
    createAppPassword: (request) => attempt(createAppPassword(context, request)),
    listAppPasswords: (did) => attempt(listAppPasswords(context, did)),
    revokeAppPassword: (request) => attempt(revokeAppPassword(context, request)),
    createInviteCodes: (request) => attempt(createInviteCodes(context, request)),
    listInvites: (query) => attempt(listAccountInvites(context, query)),
    deactivateAccount: (request) => attempt(deactivateAccount(context, request)),
    activateAccount: (did) => attempt(activateAccount(context, did)),
    requestDeletion: (did, caller) => attempt(requestDeletion(context, did, caller)),
    confirmDeletion: (request, caller) => attempt(confirmDeletion(context, request, caller)),
    checkOwner: (credentials, caller) => attempt(checkOwner(context, credentials, caller)),
    checkHandleAvailability: (handle, caller) =>
      attempt(checkHandleAvailability(context, handle, caller)),
    requestEmailConfirmation: (did, caller) =>
      attempt(requestEmailConfirmation(context, did, caller)),
    confirmEmail: (request, caller) => attempt(confirmEmail(context, request, caller)),
    requestEmailChange: (did, caller) => attempt(requestEmailChange(context, did, caller)),
    changeEmail: (request, caller) => attempt(changeEmail(context, request, caller)),
    describeSession: (did) => attempt(describeSession(context, did)),
    describeSignedIn: (signedIn) => attempt(describeSignedIn(context, signedIn)),
    viewSession: (accessJwt) => attempt(viewSession(context, accessJwt)),
  }
}
