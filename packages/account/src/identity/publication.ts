import type { ServiceContext, Tx } from '../context.ts'
import { catchUp } from './catch-up.ts'
import { type Publication, PublicationRefused, type SignedGenesis } from './identity.ts'
import { DirectoryUnavailable } from './plc-identity.ts'

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
  { identity, policy, observe }: ServiceContext,
  genesis: SignedGenesis,
): Promise<Publication> {
  const started = performance.now()
  const tell = (outcome: 'published' | 'refused' | 'failed'): void =>
    observe({ type: 'directory', outcome, seconds: (performance.now() - started) / 1000 })
  try {
    const publication = await withinPatience(policy, (signal) =>
      identity.publish(genesis, { signal }),
    )
    if (publication === 'published') tell('published')
    return publication
  } catch (cause) {
    tell(cause instanceof PublicationRefused ? 'refused' : 'failed')
    throw cause
  }
}

/** Asks the directory something, within the time the policy allows. */
export async function withinPatience<Answer>(
  { publicationTimeoutMs }: Pick<ServiceContext['policy'], 'publicationTimeoutMs'>,
  ask: (signal: AbortSignal) => Promise<Answer>,
): Promise<Answer> {
  return await withinTime(publicationTimeoutMs, ask)
}

/** Asks somebody elsewhere, who may not look at the signal. */
export async function withinTime<Answer>(
  ms: number,
  ask: (signal: AbortSignal) => Promise<Answer>,
): Promise<Answer> {
  const signal = AbortSignal.timeout(ms)
  return await Promise.race([ask(signal), rejectOnAbort(signal)])
}

/** Stores what became of a publication. */
export async function recordPublication(
  { clock }: ServiceContext,
  tx: Tx,
  { did, publication }: { readonly did: string; readonly publication: Publication },
): Promise<void> {
  if (publication === 'published') {
    const at = clock.now()
    await tx.dids.markPublished(did, at)
    await catchUp(tx, { did, at })
  } else await tx.dids.defer(did)
}

/** Stores why a publication failed. It stays due when its lease ends. */
export async function recordFailure(
  { store }: ServiceContext,
  did: string,
  reason: string,
): Promise<void> {
  await store.dids.recordFailure(did, reason)
}

/** How long a directory asks to be left alone, in seconds; 0 when it does not say. */
export function retryAfterOf(cause: unknown): number {
  return cause instanceof DirectoryUnavailable ? (cause.retryAfterSeconds ?? 0) : 0
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
