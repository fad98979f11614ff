import { type Kysely, sql } from 'kysely'
import type { AccountHarness } from '../accounts/account-harness.ts'
import type { Pair } from './distinguish.ts'

const password = 'correct horse battery'

/**
 * Pairs that must be indistinguishable, each with a planted leak that the same comparison must
 * detect.
 */
export interface TimingSubject {
  readonly name: string
  readonly pair: Pair
  /** The smallest leaks an attacker would look for. */
  readonly leaks: readonly { readonly name: string; readonly pair: Pair }[]
}

/** Enough accounts that no row is cached better than another. */
const ACCOUNTS = 50

/**
 * @param harness runs its background work, so mails are sent.
 * @param db a database of the harness, to plant leaks with.
 */
export async function timingSubjects(
  { accounts, client, url }: AccountHarness,
  db: Kysely<unknown>,
): Promise<readonly TimingSubject[]> {
  for (let n = 0; n < ACCOUNTS; n++) {
    await accounts.service.create(
      {
        handle: `known${n}.test`,
        email: `known${n}@example.com`,
        password,
      },
      'unlimited',
    )
  }
  const known = (n: number) => `known${n % ACCOUNTS}`
  const unknown = (n: number) => `other${n % ACCOUNTS}`
  const logIn = (name: string) =>
    client.com.atproto.session
      .create({ handle: name, password: 'not the password' })
      .catch((error: unknown) => error)
  const request = (name: string) =>
    client.com.atproto.account.requestPasswordReset({ email: `${name}@example.com` })
  const oneMoreQuery = () =>
    sql`select did from lexwright_account.account where handle = 'known1.test'`.execute(db)

  const next = () => fetch(`${url}/xrpc/com.atproto.handle.resolve?handle=nobody.test`)
  const requestAndWork = async (name: string) => {
    await request(name)
    for (let query = 0; query < 4; query++) void oneMoreQuery()
  }

  return [
    {
      name: 'a login by handle, of nobody and with a wrong password',
      pair: {
        first: (n) => logIn(`${known(n)}.test`),
        second: (n) => logIn(`${unknown(n)}.test`),
      },
      leaks: [
        {
          name: 'no hash is computed for nobody',
          pair: {
            first: (n) => logIn(`${known(n)}.test`),
            second: () => fetch(`${url}/xrpc/com.atproto.handle.resolve?handle=nobody.test`),
          },
        },
        {
          name: 'one more query for somebody',
          pair: {
            first: async (n) => {
              await oneMoreQuery()
              await logIn(`${known(n)}.test`)
            },
            second: (n) => logIn(`${unknown(n)}.test`),
          },
        },
      ],
    },
    {
      name: 'a login by email, of nobody and with a wrong password',
      pair: {
        first: (n) => logIn(`${known(n)}@example.com`),
        second: (n) => logIn(`${unknown(n)}@example.com`),
      },
      leaks: [],
    },
    {
      name: 'a request for a reset, by nobody and by somebody',
      pair: { first: (n) => request(known(n)), second: (n) => request(unknown(n)) },
      leaks: [
        {
          name: 'one more query for somebody',
          pair: {
            first: async (n) => {
              await oneMoreQuery()
              await request(known(n))
            },
            second: (n) => request(unknown(n)),
          },
        },
      ],
    },
    {
      name: 'the call after a request for a reset, by nobody and by somebody',
      pair: { first: (n) => request(known(n)), second: (n) => request(unknown(n)), next },
      leaks: [
        {
          name: 'work goes on for somebody after the answer',
          pair: {
            first: (n) => requestAndWork(known(n)),
            second: (n) => request(unknown(n)),
            next,
          },
        },
      ],
    },
  ]
}
