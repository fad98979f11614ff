import type { ServiceContext, Tx } from '../context.ts'
import { withTimeout } from './publication.ts'

/** The fields of a `did:web` document in use. */
export interface WebDocument {
  readonly id: string
  readonly alsoKnownAs: readonly string[]
  /** JSON text of the whole document. */
  readonly text: string
}

/** Fetches the document of a `did:web`; undefined if there is none, or on failure or timeout. */
export async function readWebDocument(
  { resolver, policy, logger }: Pick<ServiceContext, 'resolver' | 'policy' | 'logger'>,
  did: string,
): Promise<WebDocument | undefined> {
  try {
    const document = await withTimeout(policy.resolutionTimeoutMs, () =>
      resolver.did.resolve(did, true),
    )
    if (document === null || !('id' in document) || document.id !== did) return undefined
    const names = 'alsoKnownAs' in document ? document.alsoKnownAs : []
    return {
      id: did,
      alsoKnownAs: Array.isArray(names) ? names.filter((name) => typeof name === 'string') : [],
      text: JSON.stringify(document),
    }
  } catch (err) {
    logger.info({ did, err }, 'a DID could not be resolved')
    return undefined
  }
}

/** Stores the document of a `did:web` account, in a transaction that has locked the account. */
export async function storeWebDocument(tx: Tx, { id, text }: WebDocument): Promise<void> {
  await tx.didLogs.replace(id, [{ operation: text, isNullified: false }])
}
