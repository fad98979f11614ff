import { issueCode } from '../codes/mail-codes.ts'
import { later, type ServiceContext, type Tx } from '../context.ts'
import type { AccountProfile } from '../db/account-profile.ts'
import { describeRecoveryKey } from '../identity/recovery-key-notice.ts'
import { type Backoff, backoffSeconds } from '../jobs/backoff.ts'
import { issueNoResetCode, issueResetCode } from '../password-reset/issue-reset-code.ts'
import type { OutboxPort, PreparedMail } from './outbox-port.ts'
import type { OutboxEntry } from './outbox-store.ts'

/** Longer than the worker's send timeout: a claim that outlives it belongs to a dead process. */
const LEASE_SECONDS = 120
const BACKOFF: Backoff = { first: 15, max: 30 * 60 }
/** Some four hours with the delays above. */
const MAX_ATTEMPTS = 14

/** Connects the outbox worker to the outbox table and the text of each kind of mail. */
export function createMailJobs(context: ServiceContext): OutboxPort {
  const { store, clock, observe } = context
  return {
    claim: async (limit) => {
      const now = clock.now()
      const entries = await store.outbox.claim({ limit, now, leaseEnd: later(now, LEASE_SECONDS) })
      return entries.map(({ id, kind, attempts }) => ({ id, kind, attempts }))
    },

    prepare: async (job) => {
      const [mail, did] = await store.transaction(async (tx) => {
        const entry = await tx.outbox.find(job)
        if (entry === undefined) return [null, null] as const
        return [await prepare(context, tx, entry), entry.did] as const
      })
      const language = mail && did ? await context.mailLanguage?.(did) : undefined
      return mail && { ...mail, ...(language !== undefined && { language }) }
    },

    succeed: (job) => store.outbox.remove(job),

    fail: async (job, { error, permanent }) => {
      const reason = `${error.name}: ${error.message}`.replaceAll('\0', '').slice(0, 500)
      const now = clock.now()
      const isOver = permanent || job.attempts >= MAX_ATTEMPTS
      observe({ type: 'mail', outcome: isOver ? 'given-up' : 'failed' })
      if (isOver) await store.outbox.giveUp(job, reason, now)
      else
        await store.outbox.postpone(job, reason, later(now, backoffSeconds(job.attempts, BACKOFF)))
    },
  }
}

/** Null if the mail is obsolete. */
async function prepare(
  context: ServiceContext,
  tx: Tx,
  entry: OutboxEntry,
): Promise<PreparedMail | null> {
  const { kind, did, createdAt, messageId: id, address, content } = entry
  if (did === null) return await issueNoResetCode(context, tx, entry)
  switch (kind) {
    case 'password-reset':
      return await issueResetCode(context, tx, did)
    case 'confirm-email':
    case 'update-email':
    case 'delete-account':
    case 'plc-operation':
    case 'sign-in':
      return await issueCode(context, tx, { did, purpose: kind })
    case 'email-changed': {
      const account = await tx.accounts.findProfile(did)
      if (account === undefined || address === null) return null
      return { id, to: address, content: { kind, handle: account.handle, at: createdAt } }
    }
    case 'message': {
      const account = await tx.accounts.findProfile(did)
      if (account === undefined || content === null) return null
      return { id, to: account.email, content: { kind, ...content } }
    }
    case 'session-reuse': {
      const account = await tx.accounts.findProfile(did)
      if (!isReachable(account)) return null
      return { id, to: account.email, content: { kind, handle: account.handle, at: createdAt } }
    }
    case 'login-after-reset':
    case 'password-changed':
    case 'recovery-key-kept': {
      const account = await tx.accounts.findProfile(did)
      if (!isReachable(account)) return null
      const notice = await describeRecoveryKey(context, tx, did)
      if (kind !== 'recovery-key-kept') {
        const content = { kind, handle: account.handle, at: createdAt, ...notice }
        return { id, to: account.email, content }
      }
      if (notice === undefined) return null
      return { id, to: account.email, content: { kind, handle: account.handle, ...notice } }
    }
    case 'account-deleted': {
      const account = await tx.accounts.findProfile(did)
      if (account?.deletion === undefined) return null
      const { deletedAt, purgeAfter } = account.deletion
      return {
        id,
        to: account.email,
        content: { kind, handle: account.handle, at: deletedAt, purgeAt: purgeAfter },
      }
    }
  }
}

/** Accounts that cannot log in get no mail. */
function isReachable(account: AccountProfile | undefined): account is AccountProfile {
  return account?.status === 'active' || account?.status === 'deactivated'
}
