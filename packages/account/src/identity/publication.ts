import type { ServiceContext } from '../context.ts'
import type { Publication, SignedGenesis } from './identity.ts'

/** Longer than one publication takes: a claim that outlives it belongs to a dead process. */
const LEASE_MARGIN_SECONDS = 30

/** For how many seconds an operation is the business of whoever publishes it. */
export function publicationLease({ publicationTimeoutMs }: ServiceContext['policy']): number {
  return publicationTimeoutMs / 1000 + LEASE_MARGIN_SECONDS
}

/**
 * Makes a DID known, within the time the policy allows.
 *
 * @throws {PublicationRefused} Any other error leaves the outcome open.
 */
export async function publish(
  { identity, policy }: ServiceContext,
  genesis: SignedGenesis,
): Promise<Publication> {
  const signal = AbortSignal.timeout(policy.publicationTimeoutMs)
  return await Promise.race([identity.publish(genesis, { signal }), rejectOnAbort(signal)])
}

/**
 * Frees everything that a reservation holds; false if it is none any more: the account has become
 * active meanwhile, or is released already.
 */
export async function release({ store, clock }: ServiceContext, did: string): Promise<boolean> {
  return await store.transaction(async (tx) => {
    const released = await tx.registrations.deletePending(did)
    if (released === undefined) return false
    if (released.inviteCode !== null) await tx.invites.giveBack(released.inviteCode)
    await tx.audit.append({ event: 'account.released', actor: 'system', did, at: clock.now() })
    return true
  })
}

/** An error in a line that fits into a log and a column. */
export function describeFailure(error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  return text.replaceAll('\0', '').slice(0, 500)
}

/** For a provider that does not look at the signal. */
function rejectOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}
