import { createHmac, hash } from 'node:crypto'
import type { Client } from 'pg'
import { createTokenSigner } from '../../../packages/account/src/crypto/tokens.ts'
import { JWT_SECRET } from './service.ts'

/** The password of every account. */
export const PASSWORD = 'correct horse battery'

/*
 * Accounts are numbered from 1. Their names as SQL on a number `n`; DIDs and sessions are not ordered like any index.
 */
export const DID = `'did:plc:' || substr(md5(n::text), 1, 24)`
export const SESSION_ID = `substr(md5('session' || n), 1, 22)`
/** One in fifty has a handle of another domain. */
export const HANDLE = `'person' || n || case when n % 50 = 7 then '.example.org' else '.test' end`
export const EMAIL = `'person' || n || '@example.com'`

const md5 = (text: string): string => hash('md5', text)

/** An account, as its owner's app knows it. */
export interface Person {
  readonly did: string
  readonly handle: string
  readonly email: string
  readonly sessionId: string
  readonly epoch: number
  /** The current refresh token. */
  jti: string
}

const signer = createTokenSigner({
  keys: [
    {
      // The key id that the program derives.
      kid: createHmac('sha256', JWT_SECRET).update('kid').digest('hex').slice(0, 8),
      secret: JWT_SECRET,
    },
  ],
  issuer: 'did:web:localhost',
  audience: 'did:web:localhost',
  accessTtlSeconds: 7200,
  refreshTtlSeconds: 7_776_000,
  sessionTtlSeconds: 31_536_000,
  clock: { now: () => new Date() },
})

export function accessToken(person: Person): Promise<string> {
  return signer.signAccess(claimsOf(person))
}

export function refreshToken(person: Person): Promise<string> {
  return signer.signRefresh(claimsOf(person))
}

function claimsOf({ did, sessionId, epoch, jti }: Person) {
  return { did, sessionId, epoch, jti, authTime: new Date() }
}

const PAGE = 10_000

/** Reads accounts by number, without those that an earlier run has changed too much. */
export async function findPeople(
  client: Client,
  numbers: readonly number[],
): Promise<readonly Person[]> {
  const people: Person[] = []
  for (let from = 0; from < numbers.length; from += PAGE) {
    const ids = numbers.slice(from, from + PAGE).map((n) => md5(`session${n}`).slice(0, 22))
    const { rows } = await client.query<Person>(
      `select account.did, handle, email_canonical as email, session.id as "sessionId", epoch, refresh_jti as jti
       from lexwright_account.session join lexwright_account.account using (did)
       where session.id = any($1) and revoked_at is null and epoch = session_epoch and status = 'active'`,
      [ids],
    )
    people.push(...rows)
  }
  return shuffled(people)
}

/** Random account numbers of one residue class. */
export function pickNumbers(
  accounts: number,
  { count, modulus, rest }: Record<'count' | 'modulus' | 'rest', number>,
): readonly number[] {
  const classes = Math.floor(accounts / modulus)
  const picked = new Set<number>()
  while (picked.size < Math.min(count, classes)) {
    picked.add(Math.floor(Math.random() * classes) * modulus + (rest || modulus))
  }
  return [...picked]
}

function shuffled<Value>(values: readonly Value[]): readonly Value[] {
  return values
    .map((value) => ({ value, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ value }) => value)
}
