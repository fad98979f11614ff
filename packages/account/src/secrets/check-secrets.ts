import type { ServiceContext, Tx } from '../context.ts'
import { open, SealError } from '../crypto/seal.ts'
import { createPepper, parseStoredPassword } from '../crypto/stored-password.ts'
import type { SecretName } from '../db/tables.ts'
import { type FingerprintRing, fingerprintSecrets } from './fingerprint.ts'
import type { SecretUses, StoredFingerprint } from './secret-store.ts'

export type { SecretName } from '../db/tables.ts'

/**
 * Comparison of a secret with the one last used with the database:
 * - `same`
 * - `rotated`: different, with the former one among the previous ones
 * - `unknown`: none is recorded yet
 * - `other`: data made with the former one cannot be read
 */
export type SecretState = 'same' | 'rotated' | 'unknown' | 'other'

export interface SecretReport {
  readonly name: SecretName
  readonly state: SecretState
}

/** The secrets are not those used with the database. Continuing would ruin its accounts. */
export class WrongSecrets extends Error {
  override readonly name = 'WrongSecrets'
  readonly secrets: readonly SecretName[]

  constructor(secrets: readonly SecretName[]) {
    super(
      `${secrets.join(' and ')}: not the value this database was used with. Restore the former value; to rotate it, keep it among the previous ones, or accept the new one with operator.acceptSecrets()`,
    )
    this.secrets = secrets
  }
}

/** Compares the secrets with those used with the database. Changes nothing. */
export async function compareSecrets({
  store,
  secrets,
}: Pick<ServiceContext, 'store' | 'secrets'>): Promise<readonly SecretReport[]> {
  const noted = await store.secrets.list()
  const rings = fingerprintSecrets(secrets)
  const isComplete = rings.every(({ name }) => latestOf(noted, name) !== undefined)
  const uses = isComplete ? undefined : await store.secrets.findUses()
  return rings.map((ring) => {
    const latest = latestOf(noted, ring.name)
    return { name: ring.name, state: compare(ring, latest, uses && fits(secrets, uses)) }
  })
}

/**
 * Checks that the secrets are those used with the database. Records new ones, and rotated ones if
 * the former one is among the previous secrets.
 *
 * @throws {WrongSecrets}
 */
export async function checkSecrets(
  context: Pick<ServiceContext, 'store' | 'secrets'>,
): Promise<void> {
  const reports = await compareSecrets(context)
  const wrong = reports.filter(({ state }) => state === 'other').map(({ name }) => name)
  if (wrong.length > 0) throw new WrongSecrets(wrong)
  const rings = fingerprintSecrets(context.secrets)
  for (const [index, { name, state }] of reports.entries()) {
    const fingerprint = rings[index]?.current
    if (state === 'same' || fingerprint === undefined) continue
    // A recorded fingerprint keeps its place: the rotation may not have reached this server yet.
    await context.store.secrets.note({ name, fingerprint })
  }
}

/** Accepts the configured secrets from now on, even if existing data was made with others. */
export async function acceptSecrets(
  { store, secrets, clock }: ServiceContext,
  names: readonly SecretName[],
): Promise<void> {
  const rings = fingerprintSecrets(secrets).filter(({ name }) => names.includes(name))
  await store.transaction(async (tx: Tx) => {
    for (const { name, current: fingerprint } of rings) {
      await tx.secrets.forget({ name, fingerprint })
      await tx.secrets.note({ name, fingerprint })
    }
    const detail = { secrets: rings.map(({ name }) => name).join(' ') }
    await tx.audit.append({ event: 'secrets.accepted', actor: 'admin', detail, at: clock.now() })
  })
}

/** Number of password hashes by pepper. */
export interface HashReport {
  /** Under the present pepper. */
  readonly current: number
  /** Under a former pepper; upgraded at the next login. */
  readonly previous: number
  /** Under an unknown pepper: the owners must reset their passwords. */
  readonly unknown: number
  /** Imported without a pepper; upgraded at the next login. */
  readonly imported: number
}

/** Scans all accounts. */
export async function countHashes({
  store,
  secrets,
}: Pick<ServiceContext, 'store' | 'secrets'>): Promise<HashReport> {
  const current = createPepper(secrets.passwordPepper).id
  const previous = (secrets.previousPasswordPeppers ?? []).map((each) => createPepper(each).id)
  const report = { current: 0, previous: 0, unknown: 0, imported: 0 }
  for (const [pepper, hashes] of await store.secrets.countHashes()) {
    if (pepper === '') report.imported += hashes
    else if (pepper === current) report.current += hashes
    else if (previous.includes(pepper)) report.previous += hashes
    else report.unknown += hashes
  }
  return report
}

function latestOf(noted: readonly StoredFingerprint[], name: SecretName): string | undefined {
  return noted.findLast((each) => each.name === name)?.fingerprint
}

function compare(
  { name, current, previous }: FingerprintRing,
  latest: string | undefined,
  fitting: Readonly<Record<SecretName, boolean>> | undefined,
): SecretState {
  if (latest === undefined) return fitting === undefined || fitting[name] ? 'unknown' : 'other'
  if (latest === current) return 'same'
  return previous.includes(latest) ? 'rotated' : 'other'
}

/**
 * True if the secrets can read the data of a database without fingerprints; always for an empty
 * one.
 */
function fits(
  secrets: ServiceContext['secrets'],
  { passwordHash, sealedKey, operation }: SecretUses,
): Readonly<Record<SecretName, boolean>> {
  const peppers = [secrets.passwordPepper, ...(secrets.previousPasswordPeppers ?? [])]
  const keys = [secrets.keyEncryptionKey, ...(secrets.previousKeyEncryptionKeys ?? [])]
  const stored = passwordHash === undefined ? undefined : parseStoredPassword(passwordHash)
  return {
    'password-pepper':
      stored?.kind !== 'peppered' ||
      peppers.some((pepper) => createPepper(pepper).id === stored.pepperId),
    'key-encryption-key': sealedKey === undefined || keys.some((key) => opens(key, sealedKey)),
    'plc-rotation-key':
      operation === undefined || operation.includes(JSON.stringify(secrets.plcRotationKey.did())),
  }
}

function opens(key: Uint8Array, { sealed, did }: NonNullable<SecretUses['sealedKey']>): boolean {
  try {
    open(key, sealed, did)
    return true
  } catch (error) {
    if (error instanceof SealError) return false
    throw error
  }
}
