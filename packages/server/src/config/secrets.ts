import { randomBytes, randomUUID } from 'node:crypto'
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { isErrno } from '../errno.ts'
import type { Problem } from './problems.ts'
import { neededSecrets, type SecretValues, secretSettings } from './settings/secrets.ts'
import { ValueError } from './value.ts'

/** Every secret; the key of session tokens only for an entryway. */
export type Secrets = {
  readonly [Key in Exclude<keyof SecretValues, 'entrywayJwtKey'>]: string
} & { readonly entrywayJwtKey?: string }

/** Secrets completed from the data directory. */
export interface CompletedSecrets {
  readonly secrets: Secrets
  readonly problems: readonly Problem[]
  /** Files written just now. */
  readonly created: readonly string[]
  /** File with the admin password; undefined if the environment sets it. */
  readonly adminPasswordFile: string | undefined
}

/** The file of each secret in `<data>/secrets`, and its generator. */
const FILES: Readonly<
  Record<keyof SecretValues, { readonly file: string; readonly make: () => string }>
> = {
  jwtSecret: { file: 'jwt-secret', make: () => randomBytes(32).toString('hex') },
  adminPassword: { file: 'admin-password', make: () => randomBytes(15).toString('base64url') },
  passwordPepper: { file: 'password-pepper', make: () => randomBytes(32).toString('hex') },
  keyEncryptionKey: { file: 'key-encryption-key', make: () => randomBytes(32).toString('hex') },
  plcRotationKey: { file: 'plc-rotation-key', make: makePrivateKey },
  entrywayJwtKey: { file: 'entryway-jwt-key', make: makePrivateKey },
}

/** Cut down by one bit, so that it is below the order of the curve's group. */
function makePrivateKey(): string {
  return `7${randomBytes(32).toString('hex').slice(1)}`
}

/**
 * Completes the secrets from the data directory, where each is generated once in a file readable
 * only by its owner. For development: the first start needs no configuration, and later ones find
 * the same accounts.
 */
export function completeSecrets(
  given: SecretValues & { readonly entrywayEnabled: boolean },
  dataDirectory: string,
): CompletedSecrets {
  const directory = join(dataDirectory, 'secrets')
  const secrets: Partial<Record<keyof SecretValues, string>> = {}
  const problems: Problem[] = []
  const created: string[] = []
  for (const key of neededSecrets(given.entrywayEnabled)) {
    const value = given[key]
    if (value !== undefined) {
      secrets[key] = value
      continue
    }
    const file = join(directory, FILES[key].file)
    if (createOnce(file, FILES[key].make)) created.push(file)
    try {
      secrets[key] = secretSettings[key].read(readFileSync(file, 'utf8').trim())
    } catch (error) {
      if (!(error instanceof ValueError)) throw error
      problems.push({ name: secretSettings[key].name, what: `(from ${file}) ${error.message}` })
    }
  }
  return {
    secrets: secrets as Secrets,
    problems,
    created,
    adminPasswordFile:
      given.adminPassword === undefined ? join(directory, FILES.adminPassword.file) : undefined,
  }
}

/**
 * Creates a file with its whole content, or leaves an existing one unchanged; true if created. The
 * content is written to disk first and named in one step, so no other process and no crash leaves
 * half a secret.
 */
function createOnce(file: string, make: () => string): boolean {
  if (existsSync(file)) return false
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const draft = `${file}.${randomUUID()}`
  const descriptor = openSync(draft, 'wx', 0o600)
  try {
    writeSync(descriptor, `${make()}\n`)
    fsyncSync(descriptor)
    linkSync(draft, file)
    return true
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return false
    throw error
  } finally {
    closeSync(descriptor)
    rmSync(draft)
  }
}
