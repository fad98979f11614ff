import type { ServiceContext } from '../context.ts'
import { type ReconciliationReport, reconcileIdentities } from '../identity/reconcile-identities.ts'
import { runUpdates, type UpdateReport } from '../identity/run-updates.ts'
import {
  type BlockRequest,
  disableInviteCodes,
  type UsedInvite,
  withUses,
} from '../invites/account-invites.ts'
import { createInviteCode, type InviteRequest } from '../invites/create-invite-code.ts'
import {
  disableInviteCode,
  type Invite,
  type InviteQuery,
  listInviteCodes,
} from '../invites/manage-invite-codes.ts'
import type { ExportedKey } from '../keys/export-key.ts'
import { type ResealReport, resealKeys } from '../keys/reseal-keys.ts'
import { dropMail, listMails, type Mail, type MailQuery, retryMail } from '../mail/manage-mails.ts'
import { translatingRefusals } from '../refusals.ts'
import type { OwnedAccountRequest } from '../registration/create-for-owner.ts'
import {
  acceptSecrets,
  checkSecrets,
  compareSecrets,
  countHashes,
  type HashReport,
  type SecretName,
  type SecretReport,
} from '../secrets/check-secrets.ts'
import type { LiveSession } from '../sessions/live-sessions.ts'
import {
  type AccountInfo,
  blockInvites,
  getAccountInfo,
  type MailRequest,
  replaceEmail,
  sendMail,
} from './account-info.ts'
import type { AccountCounts, Backlog } from './backlog-store.ts'
import {
  activateAsOperator,
  deactivateAsOperator,
  deleteAsOperator,
  disableAccount,
  enableAccount,
  purgeAccount,
  restoreAccount,
} from './change-status.ts'
import { createAccountFor } from './create-account-for.ts'
import {
  type AccountDetails,
  type AccountQuery,
  type AccountSummary,
  listAccounts,
  showAccount,
} from './find-accounts.ts'
import { type ImportReport, importAccounts } from './import-accounts.ts'
import { exportKeyOf, replaceKeyOf } from './manage-keys.ts'
import { endSession, listSessions, type SessionQuery } from './manage-sessions.ts'
import type { Page } from './page.ts'
import { setHandle } from './set-handle.ts'
import { type NewCredentials, setPassword } from './set-password.ts'

/**
 * The operator's actions on accounts, without HTTP: for a command, a console or
 * an admin API of the host, which has to see to it that only the operator gets here.
 *
 * An account is named by its DID, handle or email address. Refusals are {@link AccountError}s.
 */
export interface AccountOperator {
  /** Newest first, a page at a time. */
  listAccounts(query?: AccountQuery): Promise<Page<AccountSummary>>
  /** Everything there is to know of one account, with its latest audit entries. */
  showAccount(account: string): Promise<AccountDetails>
  /** The account with its invite codes. */
  getAccountInfo(account: string): Promise<AccountInfo>
  /**
   * Creates an account without an invite code; it may have a reserved handle. Without a password its owner gets a mail with a code
   * to choose one. A request that was interrupted can be sent again.
   */
  createAccount(request: OwnedAccountRequest): Promise<AccountSummary>
  /** Ends its sessions, resets and app passwords; nobody logs in to it until it is enabled. */
  disableAccount(account: string, ref?: string): Promise<AccountSummary>
  enableAccount(account: string): Promise<AccountSummary>
  /** As its owner would; its sessions go on. */
  deactivateAccount(account: string): Promise<AccountSummary>
  /** Undoes a deactivation, if the DID leads here. */
  activateAccount(account: string): Promise<AccountSummary>
  /** Gives an account another email address, which is not confirmed; the former one is told. */
  setEmail(account: string, email: string): Promise<AccountSummary>
  /** Queues a mail to the owner of an account. */
  sendMail(request: MailRequest): Promise<void>
  /** As its owner would, without a login. */
  deleteAccount(account: string): Promise<AccountSummary>
  /** Undoes a deletion within the grace period. Its owner has to log in again. */
  restoreAccount(account: string): Promise<AccountSummary>
  /** Removes the personal data of a deleted account now, whatever is left of its grace. */
  purgeAccount(account: string): Promise<AccountSummary>
  /**
   * Gives an account another password and ends its sessions; its owner hears of it by mail. Without
   * a password one is drawn.
   */
  setPassword(account: string, password?: string): Promise<NewCredentials>
  /** Gives an account another handle, as its owner would; a reserved one, too. */
  changeHandle(account: string, handle: string): Promise<AccountSummary>
  /** Logins of an account that still count, newest first, a page at a time. */
  listSessions(account: string, query?: SessionQuery): Promise<Page<LiveSession>>
  /** Ends a login at once, or without its id all of the account; tells how many. */
  endSessions(account: string, id?: string): Promise<number>
  /**
   * Takes over accounts of another service, one JSON object a line: `did`, `handle`, `email`, `passwordHash` (of bcrypt, or of
   * scrypt as the official PDS stores it), and `createdAt` and `emailConfirmedAt` if they are known. A line is imported wholly or
   * not at all, and running it again does no harm.
   */
  importAccounts(lines: Iterable<string> | AsyncIterable<string>): Promise<ImportReport>
  /** Newest first, a page at a time. */
  listInviteCodes(query?: InviteQuery): Promise<Page<Invite>>
  createInviteCode(request: InviteRequest): Promise<string>
  /** Nobody gets in with it any more; accounts it admitted stay. */
  disableInviteCode(code: string): Promise<Invite>
  /** Disables invite codes, and those that belong to accounts. */
  disableInviteCodes(which: {
    readonly codes: readonly string[]
    readonly accounts: readonly string[]
  }): Promise<void>
  /** Stops giving an account invite codes, or gives them again. Codes that it has stay. */
  setInvitesBlocked(account: string, request: BlockRequest): Promise<AccountSummary>
  /** Adds to invite codes who came with them. */
  listInviteUses(invites: readonly Invite[]): Promise<readonly UsedInvite[]>
  /**
   * Completes registrations that were interrupted and publishes every DID the directory does not have
   * yet, also those that would only be tried again later.
   */
  publishPending(): Promise<ReconciliationReport>
  /** Carries on with every change to a DID that is due, also with those that would only be tried again later. */
  settleUpdates(): Promise<UpdateReport>
  /**
   * Seals every signing key under the current key encryption key that is still sealed under a
   * former one, which can be forgotten afterwards.
   */
  resealKeys(): Promise<ResealReport>
  /**
   * Gives an account another signing key, or its first one here, and puts it into its DID; gives the public key. It is a fresh key,
   * unless one is named that was reserved here or is a former one of the account.
   */
  replaceSigningKey(account: string, publicKey?: string): Promise<string>
  /** Hands out the private signing key of an account: for a host that leaves. The audit log has it. */
  exportSigningKey(account: string): Promise<ExportedKey>
  /** Lists mails that wait, are being sent or were given up: newest first, a page at a time. */
  listMails(query?: MailQuery): Promise<Page<Mail>>
  /** Makes a mail due now, one that was given up too. */
  retryMail(id: string): Promise<Mail>
  /** Forgets a mail; returns it as it was. */
  dropMail(id: string): Promise<Mail>
  /** How the secrets compare with those that the database was used with last. Changes nothing. */
  compareSecrets(): Promise<readonly SecretReport[]>
  /**
   * The first step of `start`: notes secrets that are new, and throws {@link WrongSecrets} for others than the database was
   * used with.
   */
  checkSecrets(): Promise<void>
  /** Takes secrets for the right ones from now on: for those that were lost, and to replace the rotation key. */
  acceptSecrets(names: readonly SecretName[]): Promise<void>
  /** How many password hashes wait under an old pepper. Goes through all accounts. */
  countHashes(): Promise<HashReport>
  /** How much work waits, for whoever keeps watch. */
  countBacklog(): Promise<Backlog>
  /** How many accounts there are, by status. Goes through all of them. */
  countAccounts(): Promise<AccountCounts>
}

export function createAccountOperator(context: ServiceContext): AccountOperator {
  const attempt = translatingRefusals(context)
  return {
    listAccounts: (query = {}) => attempt(listAccounts(context, query)),
    showAccount: (account) => attempt(showAccount(context, account)),
    getAccountInfo: (account) => attempt(getAccountInfo(context, account)),
    createAccount: (request) => attempt(createAccountFor(context, request)),
    disableAccount: (account, ref) => attempt(disableAccount(context, account, ref)),
    deactivateAccount: (account) => attempt(deactivateAsOperator(context, account)),
    activateAccount: (account) => attempt(activateAsOperator(context, account)),
    setEmail: (account, email) => attempt(replaceEmail(context, account, email)),
    sendMail: (request) => attempt(sendMail(context, request)),
    enableAccount: (account) => attempt(enableAccount(context, account)),
    deleteAccount: (account) => attempt(deleteAsOperator(context, account)),
    restoreAccount: (account) => attempt(restoreAccount(context, account)),
    purgeAccount: (account) => attempt(purgeAccount(context, account)),
    setPassword: (account, password) => attempt(setPassword(context, account, password)),
    changeHandle: (account, handle) => attempt(setHandle(context, account, handle)),
    listSessions: (account, query = {}) => attempt(listSessions(context, account, query)),
    endSessions: (account, id) => attempt(endSession(context, account, id)),
    importAccounts: (lines) => attempt(importAccounts(context, lines)),
    listInviteCodes: (query = {}) => attempt(listInviteCodes(context, query)),
    createInviteCode: (request) => attempt(createInviteCode(context, request)),
    disableInviteCode: (code) => attempt(disableInviteCode(context, code)),
    disableInviteCodes: (which) => attempt(disableInviteCodes(context, which)),
    setInvitesBlocked: (account, request) => attempt(blockInvites(context, account, request)),
    listInviteUses: (invites) => attempt(withUses(context, invites)),
    publishPending: () => attempt(reconcileIdentities(context, { evenLater: true })),
    settleUpdates: () => attempt(runUpdates(context, { evenLater: true })),
    resealKeys: () => attempt(resealKeys(context)),
    replaceSigningKey: (account, publicKey) => attempt(replaceKeyOf(context, account, publicKey)),
    exportSigningKey: (account) => attempt(exportKeyOf(context, account)),
    listMails: (query = {}) => attempt(listMails(context, query)),
    retryMail: (id) => attempt(retryMail(context, id)),
    dropMail: (id) => attempt(dropMail(context, id)),
    compareSecrets: () => attempt(compareSecrets(context)),
    checkSecrets: () => attempt(checkSecrets(context)),
    acceptSecrets: (names) => attempt(acceptSecrets(context, names)),
    countHashes: () => attempt(countHashes(context)),
    countBacklog: () => attempt(context.store.backlog.count()),
    countAccounts: () => attempt(context.store.backlog.countAccounts()),
  }
}
