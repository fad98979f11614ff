import type { ServiceContext } from '../context.ts'
import { seal } from '../crypto/seal.ts'
import { tryOpen } from './sealed-keys.ts'

/** Outcome of resealing the signing keys. */
export interface ResealReport {
  /** Resealed under the current key. */
  readonly resealed: number
  /** Already sealed under the current key. */
  readonly current: number
  /** DIDs whose keys no configured key decrypts. */
  readonly failed: readonly string[]
}

const BATCH = 500

/**
 * Reseals every signing key, reserved or in use, that is sealed under a former key encryption key.
 * Each is one conditional statement: concurrent and interrupted runs are safe.
 */
export async function resealKeys(context: ServiceContext): Promise<ResealReport> {
  const { store, secrets, clock } = context
  const failed: string[] = []
  let resealed = 0
  let current = 0
  for (let after = ''; ; ) {
    const page = await store.signingKeys.list({ after, limit: BATCH })
    for (const { did, publicKey, privateKeySealed } of page) {
      const owner = did ?? publicKey
      if (tryOpen(secrets.keyEncryptionKey, privateKeySealed, owner) !== undefined) {
        current++
        continue
      }
      const plain = (secrets.previousKeyEncryptionKeys ?? [])
        .map((key) => tryOpen(key, privateKeySealed, owner))
        .find((opened) => opened !== undefined)
      if (plain === undefined) {
        failed.push(owner)
        continue
      }
      const to = seal(secrets.keyEncryptionKey, plain, owner)
      if (await store.signingKeys.reseal({ publicKey, from: privateKeySealed, to })) resealed++
    }
    const last = page.at(-1)
    if (last === undefined) break
    after = last.publicKey
  }
  await store.audit.append({
    event: 'keys.resealed',
    actor: 'admin',
    detail: { resealed, failed: failed.length },
    at: clock.now(),
  })
  return { resealed, current, failed }
}
