import type { ServiceContext } from '../context.ts'
import { open, SealError, seal } from '../crypto/seal.ts'

/** What became of the signing keys. */
export interface ResealReport {
  /** Sealed anew under the current key. */
  readonly resealed: number
  /** Sealed under the current key already. */
  readonly current: number
  /** DIDs whose keys open with none of the keys at hand. */
  readonly failed: readonly string[]
}

const BATCH = 500

/**
 * Goes through all signing keys and seals those anew that only a former key encryption key opens.
 * Each is one conditional statement: several runs at once, and a run that dies, do no harm.
 */
export async function resealKeys(context: ServiceContext): Promise<ResealReport> {
  const { store, secrets, clock } = context
  const failed: string[] = []
  let resealed = 0
  let current = 0
  for (let after = ''; ; ) {
    const page = await store.dids.listKeys({ after, limit: BATCH })
    for (const { did, privateKeySealed } of page) {
      if (tryOpen(secrets.keyEncryptionKey, privateKeySealed, did) !== undefined) {
        current++
        continue
      }
      const plain = (secrets.previousKeyEncryptionKeys ?? [])
        .map((key) => tryOpen(key, privateKeySealed, did))
        .find((opened) => opened !== undefined)
      if (plain === undefined) {
        failed.push(did)
        continue
      }
      const sealed = seal(secrets.keyEncryptionKey, plain, did)
      if (await store.dids.replaceKey({ did, from: privateKeySealed, to: sealed })) resealed++
    }
    const last = page.at(-1)
    if (last === undefined) break
    after = last.did
  }
  await store.audit.append({
    event: 'keys.resealed',
    actor: 'admin',
    detail: { resealed, failed: failed.length },
    at: clock.now(),
  })
  return { resealed, current, failed }
}

function tryOpen(key: Uint8Array, sealed: Uint8Array, did: string): Uint8Array | undefined {
  try {
    return open(key, sealed, did)
  } catch (error) {
    if (error instanceof SealError) return undefined
    throw error
  }
}
