import { type AccountExtension, backoffSeconds } from '@lexwright/account/extension'
import type { HostClient } from '../hosts/host-client.ts'
import type { ClaimedUpdate, OutboxStore, PendingUpdate } from '../store/outbox-store.ts'
import { type UpdateParts, updateHost } from './update-host.ts'

/** Number of updates by outcome. */
export interface OutboxReport {
  readonly done: number
  /** To be retried later. */
  readonly failed: number
}

/** Updates hosts after changes to accounts. A claim is a lease, so concurrent processes share the work. */
export interface Outbox {
  /**
   * Runs every due update.
   *
   * @param options.evenLater includes updates that wait for a retry.
   */
  run(options?: { readonly evenLater?: boolean }): Promise<OutboxReport>
  /**
   * Runs the update of an account's host, unless another process does or the host is unhealthy. Never
   * rejects.
   */
  runFor(did: string): Promise<void>
  /** Oldest first. */
  list(limit: number): Promise<readonly PendingUpdate[]>
}

interface OutboxParts extends UpdateParts {
  readonly store: OutboxStore
  readonly client: HostClient
  readonly extension: Pick<AccountExtension, 'now' | 'logger'>
}

const BATCH = 8
/** Limit for all calls of one update. */
const TIMEOUT_MS = 20_000
const CLAIM_SECONDS = 60
const BACKOFF = { first: 10, max: 15 * 60 }

export function createOutbox(parts: OutboxParts): Outbox {
  const { store, extension } = parts

  async function claim(of: { readonly limit: number; readonly did?: string }) {
    const now = await extension.now()
    const claimEnd = new Date(now.getTime() + CLAIM_SECONDS * 1000)
    return await store.claim({ ...of, now, claimEnd })
  }

  return {
    run: async ({ evenLater = false } = {}) => {
      if (evenLater) await store.bringForward(await extension.now())
      const report = { done: 0, failed: 0 }
      for (;;) {
        const claimed = await claim({ limit: BATCH })
        const outcomes = await Promise.all(claimed.map((each) => carryOut(parts, each)))
        for (const isDone of outcomes) report[isDone ? 'done' : 'failed']++
        // The remaining updates would probably fail too, after waiting as long.
        if (!outcomes.includes(true)) return report
      }
    },
    list: (limit) => store.list(limit),
    runFor: async (did) => {
      try {
        const account = await store.findAccount(did)
        // The background job retries: callers do not wait for a host that is down.
        if (account === undefined || !account.host.isHealthy) return
        for (;;) {
          const [next] = await claim({ limit: 1, did })
          if (next === undefined) return
          await carryOut(parts, next)
        }
      } catch (err) {
        extension.logger.warn(
          { did, err },
          'a host could not be updated at once; it will be retried',
        )
      }
    },
  }
}

/** False if the update failed and will be retried. */
async function carryOut(parts: OutboxParts, claim: ClaimedUpdate): Promise<boolean> {
  const { store, client, extension } = parts
  const { did, kinds, attempts } = claim
  try {
    const account = await store.findAccount(did)
    // Removed by another process after this claim ended.
    if (account === undefined) return true
    const signal = AbortSignal.timeout(TIMEOUT_MS)
    if (kinds.includes('removal')) {
      await client.remove(account.host, did, signal)
      await store.removePlace(did)
      return true
    }
    await updateHost(parts, { did, kinds, account, signal })
    await store.settle(claim)
    return true
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    extension.logger.warn(
      { did, kinds, reason, attempts },
      'a host could not be updated; it will be retried',
    )
    const now = await extension.now()
    const pause = backoffSeconds(attempts, BACKOFF)
    const nextAttemptAt = new Date(now.getTime() + pause * 1000)
    await store.postpone(claim, { reason: reason.slice(0, 500), nextAttemptAt })
    return false
  }
}
