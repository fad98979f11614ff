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
 * The operator's actions on accounts, without HTTP: for a command, a console or an admin API of the
 * host, which must authenticate the operator.
 *
 * Accounts are named by DID, handle or email address. Refusals are {@link AccountError}s.
 */
export interface AccountOperator {
  /** Lists accounts, newest first, in pages. */
  listAccounts(query?: AccountQuery): Promise<Page<AccountSummary>>
  /** Every detail of an account, with its latest audit entries. */
  showAccount(account: string): Promise<AccountDetails>
  /** An account with its invite codes. */
  getAccountInfo(account: string): Promise<AccountInfo>
  /**
   * Creates an account without an invite code; its handle may be reserved. Without a password, the
   * owner is mailed a code to choose one. An interrupted request can be repeated.
   */
  createAccount(request: OwnedAccountRequest): Promise<AccountSummary>
  /**
   * Ends sessions, resets and app passwords of an account; logins are refused until it is enabled.
   */
  disableAccount(account: string, ref?: string): Promise<AccountSummary>
  enableAccount(account: string): Promise<AccountSummary>
  /** Deactivates an account like its owner; sessions continue. */
  deactivateAccount(account: string): Promise<AccountSummary>
  /** Undoes a deactivation, if the DID names this service. */
  activateAccount(account: string): Promise<AccountSummary>
  /**
   * Changes the email address of an account. The new one is unconfirmed, and the former one is
   * notified.
   */
  setEmail(account: string, email: string): Promise<AccountSummary>
  /** Queues a mail to the owner of an account. */
  sendMail(request: MailRequest): Promise<void>
  /** Deletes an account like its owner, without a login. */
  deleteAccount(account: string): Promise<AccountSummary>
  /** Undoes a deletion within the grace period. The owner has to log in again. */
  restoreAccount(account: string): Promise<AccountSummary>
  /** Removes the personal data of a deleted account now, even within its grace period. */
  purgeAccount(account: string): Promise<AccountSummary>
  /**
   * Sets a password, generated if omitted, ends the sessions of the account and notifies the owner
   * by mail.
   */
  setPassword(account: string, password?: string): Promise<NewCredentials>
  /** Changes the handle of an account like its owner; reserved handles are allowed. */
  changeHandle(account: string, handle: string): Promise<AccountSummary>
  /** Lists live logins of an account, newest first, in pages. */
  listSessions(account: string, query?: SessionQuery): Promise<Page<LiveSession>>
  /** Ends one login of an account, or all without an id; returns how many. */
  endSessions(account: string, id?: string): Promise<number>
  /**
   * Imports accounts of another service, one JSON object per line: `did`, `handle`, `email`,
   * `passwordHash` (bcrypt, or scrypt as stored by the official PDS), and optionally `createdAt`
   * and `emailConfirmedAt`. Each line is imported completely or not at all, and repeating an import
   * is safe.
   */
  importAccounts(lines: Iterable<string> | AsyncIterable<string>): Promise<ImportReport>
  /** Lists invite codes, newest first, in pages. */
  listInviteCodes(query?: InviteQuery): Promise<Page<Invite>>
  createInviteCode(request: InviteRequest): Promise<string>
  /** Disables an invite code; accounts created with it stay. */
  disableInviteCode(code: string): Promise<Invite>
  /** Disables invite codes by code or by account. */
  disableInviteCodes(which: {
    readonly codes: readonly string[]
    readonly accounts: readonly string[]
  }): Promise<void>
  /** Blocks or unblocks new invite codes for an account. Existing codes stay. */
  setInvitesBlocked(account: string, request: BlockRequest): Promise<AccountSummary>
  /** Adds the uses to invite codes. */
  listInviteUses(invites: readonly Invite[]): Promise<readonly UsedInvite[]>
  /**
   * Completes interrupted registrations and publishes every DID missing in the directory, including
   * those that wait for a retry.
   */
  publishPending(): Promise<ReconciliationReport>
  /** Continues every due DID update, including those that wait for a retry. */
  settleUpdates(): Promise<UpdateReport>
  /**
   * Reseals every signing key still sealed under a former key encryption key, which can be dropped
   * afterwards.
   */
  resealKeys(): Promise<ResealReport>
  /**
   * Gives an account a new signing key, or its first one here, in its DID too; returns the public
   * key. Generates the key unless given a reserved key or a former one of the account.
   */
  replaceSigningKey(account: string, publicKey?: string): Promise<string>
  /** Exports the private signing key of an account that leaves; audited. */
  exportSigningKey(account: string): Promise<ExportedKey>
  /** Lists waiting, sending and failed mails, newest first, in pages. */
  listMails(query?: MailQuery): Promise<Page<Mail>>
  /** Makes a mail due now, even if it was given up. */
  retryMail(id: string): Promise<Mail>
  /** Removes a mail and returns it. */
  dropMail(id: string): Promise<Mail>
  /** Compares the secrets with those last used with the database. Changes nothing. */
  compareSecrets(): Promise<readonly SecretReport[]>
  /**
   * The first step of `start`: stores fingerprints of new secrets, and throws {@link WrongSecrets}
   * if others were used with the database.
   */
  checkSecrets(): Promise<void>
  /**
   * Accepts the configured secrets from now on: after a loss, or to replace the rotation key.
   */
  acceptSecrets(names: readonly SecretName[]): Promise<void>
  /** Counts password hashes by pepper. Scans all accounts. */
  countHashes(): Promise<HashReport>
  /** Counts pending work, for monitoring. */
  countBacklog(): Promise<Backlog>
  /** Counts accounts by status. Scans all accounts. */
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
