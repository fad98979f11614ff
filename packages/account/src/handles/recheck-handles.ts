import { announce } from '../changes/announce.ts'
import { later, type ServiceContext } from '../context.ts'
import { noResolver } from '../identity/resolver.ts'
import { isServed } from './handle.ts'
import type { HandleClaim } from './handle-claim-store.ts'
import { resolveElsewhere } from './verify-handle.ts'

const CHECK_SECONDS = 24 * 60 * 60
/** Three, as a host or its DNS may be down for a while. */
const FAILURES = 3
const BATCH = 16
/** Claims per statement that schedules checks. */
const PAGE = 5_000

/**
 * Checks daily that each handle of another domain resolves to its account. Emits `handle-unproven`
 * after three failed days and `handle-proven` once it resolves again; the account keeps its handle.
 *
 * @returns the work of one run. The first one walks through all claims, since the domains served
 *   may have changed; later ones read only what is due.
 */
export function createHandleRechecks(context: ServiceContext): () => Promise<void> {
  let isScheduled = false
  return async () => {
    if (context.resolver === noResolver) return
    if (!isScheduled) await scheduleAll(context)
    isScheduled = true
    await recheckDue(context)
  }
}

async function scheduleAll({ store, policy }: ServiceContext): Promise<void> {
  const { domains } = policy.handles
  let after: string | undefined = ''
  while (after !== undefined) {
    after = await store.handleClaims.scheduleChecks({ domains, after, limit: PAGE })
  }
}

async function recheckDue(context: ServiceContext): Promise<void> {
  const { store, clock, policy } = context
  for (;;) {
    const now = clock.now()
    const due = await store.handleClaims.claimChecks({
      now,
      checkedBefore: later(now, -CHECK_SECONDS),
      limit: BATCH,
    })
    const elsewhere = due.filter(
      ({ handle, isInUse }) => isInUse && !isServed(handle, policy.handles.domains),
    )
    await Promise.all(elsewhere.map((claim) => recheck(context, claim)))
    if (due.length < BATCH) return
  }
}

async function recheck(context: ServiceContext, { handle, did }: HandleClaim): Promise<void> {
  const isProven = (await resolveElsewhere(context, handle)) === did
  await context.store.transaction(async (tx) => {
    const before = await tx.handleClaims.recordCheck({ handle, did, isProven })
    if (before === undefined) return
    const at = context.clock.now()
    if (isProven && before >= FAILURES) {
      await tx.audit.append({ event: 'handle.proven', actor: 'system', did, at })
      await announce(context, tx, { kind: 'handle-proven', did, handle, at })
    } else if (!isProven && before === FAILURES - 1) {
      await tx.audit.append({ event: 'handle.unproven', actor: 'system', did, at })
      await announce(context, tx, { kind: 'handle-unproven', did, handle, at })
    }
  })
}
