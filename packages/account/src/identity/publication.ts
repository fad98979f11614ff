import type { ServiceContext, Tx } from '../context.ts'
import { adoptLog } from './adopt-log.ts'
import { catchUp } from './catch-up.ts'
import {
  type Publication,
  PublicationRefused,
  type PublishedLog,
  type SignedGenesis,
} from './identity.ts'
import { DirectoryUnavailable } from './plc-identity.ts'

/** Added to the time of one publication: a claim that outlives both belongs to a dead process. */
const LEASE_MARGIN_SECONDS = 30

/** Lease of a publication, in seconds. */
export function publicationLease({ publicationTimeoutMs }: ServiceContext['policy']): number {
  return publicationTimeoutMs / 1000 + LEASE_MARGIN_SECONDS
}

/**
 * Publishes a DID within the time limit of the policy.
 *
 * @throws {PublicationRefused} After any other error the outcome is unknown.
 */
export async function publish(
  { identity, policy, observe }: ServiceContext,
  genesis: SignedGenesis,
): Promise<Publication | PublishedLog> {
  const started = performance.now()
  const tell = (outcome: 'published' | 'refused' | 'failed'): void =>
    observe({ type: 'directory', outcome, seconds: (performance.now() - started) / 1000 })
  try {
    const publication = await withPublicationTimeout(policy, (signal) =>
      identity.publish(genesis, { signal }),
    )
    if (publication !== 'deferred') tell('published')
    return publication
  } catch (cause) {
    tell(cause instanceof PublicationRefused ? 'refused' : 'failed')
    throw cause
  }
}

/** Queries the directory within the time limit of the policy. */
export async function withPublicationTimeout<Answer>(
  { publicationTimeoutMs }: Pick<ServiceContext['policy'], 'publicationTimeoutMs'>,
  ask: (signal: AbortSignal) => Promise<Answer>,
): Promise<Answer> {
  return await withTimeout(publicationTimeoutMs, ask)
}

/** Applies a time limit, also to a callee that ignores the signal. */
export async function withTimeout<Answer>(
  ms: number,
  ask: (signal: AbortSignal) => Promise<Answer>,
): Promise<Answer> {
  const signal = AbortSignal.timeout(ms)
  return await Promise.race([ask(signal), rejectOnAbort(signal)])
}

/** Stores the outcome of a publication. */
export async function recordPublication(
  context: ServiceContext,
  tx: Tx,
  { did, publication }: { readonly did: string; readonly publication: Publication | PublishedLog },
): Promise<void> {
  if (publication === 'deferred') return await tx.dids.defer(did)
  const at = context.clock.now()
  await tx.dids.markPublished(did, at)
  if (publication === 'published') await catchUp(tx, { did, at })
  else await adoptLog(context, tx, { did, log: publication.log, at })
}

/** Stores the cause of a failed publication. It stays due when its lease ends. */
export async function recordFailure(
  { store }: ServiceContext,
  did: string,
  reason: string,
): Promise<void> {
  await store.dids.recordFailure(did, reason)
}

/** `Retry-After` of the directory, in seconds; 0 without one. */
export function retryAfterOf(cause: unknown): number {
  return cause instanceof DirectoryUnavailable ? (cause.retryAfterSeconds ?? 0) : 0
}

/** An error as one line of limited length, for a log and a column. */
export function describeFailure(error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  return text.replaceAll('\0', '').slice(0, 500)
}

/** For providers that ignore the signal. */
function rejectOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}
