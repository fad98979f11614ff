import type { ServiceContext, Tx } from '../context.ts'
import { hmacCode } from '../crypto/codes.ts'
import type { AccessScope } from '../db/tables.ts'
import { AccountNotFound, InvalidAppPassword } from '../errors.ts'
import { endAppSessions } from '../sessions/sessions.ts'
import { looksLikeAppPassword, randomAppPassword } from './app-password.ts'
import type { AppPassword } from './app-password-store.ts'

export type { AppPassword } from './app-password-store.ts'

export interface AppPasswordRequest {
  readonly did: string
  /** Name given by the owner. */
  readonly name: string
  /** True if the app has privileged access, such as to private messages. */
  readonly privileged?: boolean | undefined
}

export interface CreatedAppPassword {
  readonly name: string
  readonly password: string
  readonly createdAt: Date
  readonly isPrivileged: boolean
}

/** A login with an app password. */
export interface AppLogin {
  readonly name: string
  readonly passwordHash: string
  readonly scope: AccessScope
}

const MAX_NAME = 100

/**
 * Creates an app password. It is shown only once.
 *
 * @throws {InvalidAppPassword} if the name is invalid or taken.
 */
export async function createAppPassword(
  { store, random, secrets, clock }: ServiceContext,
  { did, name, privileged: isPrivileged = false }: AppPasswordRequest,
): Promise<CreatedAppPassword> {
  if (!/^\P{Cc}+$/u.test(name) || name.length > MAX_NAME || !name.isWellFormed()) {
    throw new InvalidAppPassword(`The name of an app password has 1 to ${MAX_NAME} characters`)
  }
  const password = randomAppPassword(random)
  const createdAt = clock.now()
  const passwordHash = hashOf(secrets.tokenHmacKey, did, password)
  await store.transaction(async (tx) => {
    if ((await tx.accounts.lockActive(did)) === undefined) {
      throw new AccountNotFound('Account does not exist')
    }
    if (!(await tx.appPasswords.insert({ did, name, passwordHash, isPrivileged, createdAt }))) {
      throw new InvalidAppPassword('An app password with this name already exists')
    }
    await tx.audit.append({ event: 'app-password.created', actor: 'owner', did, at: createdAt })
  })
  return { name, password, createdAt, isPrivileged }
}

/** Oldest first. */
export async function listAppPasswords(
  { store }: ServiceContext,
  did: string,
): Promise<readonly AppPassword[]> {
  return await store.appPasswords.list(did)
}

/** Ends an app password and the sessions that began with it. Idempotent. */
export async function revokeAppPassword(
  { store, clock }: ServiceContext,
  { did, name }: Pick<AppPasswordRequest, 'did' | 'name'>,
): Promise<void> {
  if (name.includes('\0')) return
  await store.transaction(async (tx) => {
    if (!(await tx.appPasswords.remove(did, name))) return
    const at = clock.now()
    await endAppSessions(tx, { did, appPassword: name, at })
    await tx.audit.append({ event: 'app-password.revoked', actor: 'owner', did, at })
  })
}

/** Deletes every app password of an account; its sessions end with those of the account. */
export async function removeAppPasswords(tx: Tx, did: string): Promise<void> {
  await tx.appPasswords.removeAll(did)
}

/** The login for this password, if it is an app password of the account. */
export async function findAppLogin(
  { store, secrets }: ServiceContext,
  { did, password }: { readonly did: string; readonly password: string },
): Promise<AppLogin | undefined> {
  if (!looksLikeAppPassword(password)) return undefined
  const passwordHash = hashOf(secrets.tokenHmacKey, did, password)
  const found = await store.appPasswords.find(did, passwordHash)
  return (
    found && {
      name: found.name,
      passwordHash,
      scope: found.isPrivileged ? 'appPassPrivileged' : 'appPass',
    }
  )
}

/** False if it has been revoked in the meantime. */
export async function noteAppLogin(
  tx: Tx,
  { did, login, at }: { readonly did: string; readonly login: AppLogin; readonly at: Date },
): Promise<boolean> {
  return await tx.appPasswords.use({ did, passwordHash: login.passwordHash, at })
}

function hashOf(key: string | Uint8Array, did: string, password: string): string {
  return hmacCode(key, `app password ${did} ${password}`)
}
