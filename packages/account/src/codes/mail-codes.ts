import { randomUUID } from 'node:crypto'
import { later, type ServiceContext, type Tx } from '../context.ts'
import { hmacCode, normalizeCode, randomCode } from '../crypto/codes.ts'
import type { CodePurpose } from '../db/tables.ts'
import { ExpiredCode, InvalidCode } from '../errors.ts'
import type { Caller } from '../limits/caller.ts'
import { mailPage } from '../mail/mail-page.ts'
import type { PreparedMail } from '../mail/outbox-port.ts'

/** The account and the purpose of a code. */
export interface CodeOf {
  readonly did: string
  readonly purpose: CodePurpose
}

/**
 * Queues a mail with a code.
 *
 * @throws {RateLimitExceeded}
 */
export async function requestCode(
  { store, budgets, clock }: ServiceContext,
  { did, purpose }: CodeOf,
  caller: Caller,
): Promise<void> {
  await budgets.spend(caller, () => [
    { limit: 'codeRequest', of: [did, purpose] },
    { limit: 'codeRequestDaily', of: [did, purpose] },
  ])
  await store.outbox.add(purpose, did, clock.now())
}

/**
 * Counts a code submitted for an account.
 *
 * @throws {RateLimitExceeded}
 */
export async function countSubmission(
  { budgets }: ServiceContext,
  did: string,
  caller: Caller,
): Promise<void> {
  await budgets.spend(caller, (key) => [{ limit: 'code', of: [did, key] }])
}

/**
 * Creates a code when its mail is sent: its plain form exists only in the mail. The newest code
 * wins.
 */
export async function issueCode(
  { policy, secrets, random, clock }: ServiceContext,
  tx: Tx,
  { did, purpose }: CodeOf,
): Promise<PreparedMail | null> {
  const account = await tx.accounts.lockUsable(did)
  if (account === undefined) return null
  const createdAt = clock.now()
  const code = randomCode(random)
  const expiresInSeconds = policy.resetTokenTtl
  await tx.mailCodes.replace({
    did,
    purpose,
    codeHash: hashOf(secrets.tokenHmacKey, { did, purpose }, code),
    createdAt,
    expiresAt: later(createdAt, expiresInSeconds),
  })
  await tx.audit.append({
    event: 'code.issued',
    actor: 'system',
    did,
    detail: { purpose },
    at: createdAt,
  })
  return {
    id: randomUUID(),
    to: account.email,
    content: {
      kind: purpose,
      handle: account.handle,
      code: code.toUpperCase(),
      expiresInSeconds,
      ...mailPage(policy.mailPages, purpose, code.toUpperCase()),
    },
  }
}

/**
 * Uses up a code, in the transaction of the action it permits.
 *
 * @throws {InvalidCode} @throws {ExpiredCode}
 */
export async function useCode(
  { secrets, clock }: ServiceContext,
  tx: Tx,
  { did, purpose, typed }: CodeOf & { readonly typed: string },
): Promise<void> {
  const code = {
    did,
    purpose,
    codeHash: hashOf(secrets.tokenHmacKey, { did, purpose }, normalizeCode(typed)),
  }
  if (await tx.mailCodes.consume(code, clock.now())) return
  throw (await tx.mailCodes.findExpiry(code)) === undefined
    ? new InvalidCode('Code is invalid or was used before')
    : new ExpiredCode('Code has expired')
}

/** Deletes every code of an account. */
export async function forgetCodes(tx: Tx, did: string): Promise<void> {
  await tx.mailCodes.deleteFor(did)
}

function hashOf(key: string | Uint8Array, { did, purpose }: CodeOf, code: string): string {
  return hmacCode(key, `${purpose} ${did} ${code}`)
}
