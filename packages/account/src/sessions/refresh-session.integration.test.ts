import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import {
  openAccountDatabase,
  type TestDatabase,
} from '@lexwright/testing/accounts/account-databases'
import {
  type AccountHarness,
  openAccountHarness,
  testModuleOptions,
} from '@lexwright/testing/accounts/account-harness'
import { readJwt } from '@lexwright/testing/accounts/jwt'
import { type Kysely, sql } from 'kysely'
import { ExpiredToken } from '../errors.ts'
import type { AccountPolicy } from '../policy.ts'
import type { SignedIn } from './log-in.ts'

const password = 'correct horse battery'
const HOUR = 60 * 60
const DAY = 24 * HOUR

describe('refreshing a session', () => {
  let database: TestDatabase
  let db: Kysely<unknown>
  let harness: AccountHarness
  beforeAll(async () => {
    database = await openAccountDatabase()
    db = database.db
    harness = await openAccountHarness(db)
  })
  afterAll(async () => {
    await harness.close()
    await database.close()
  })

  const service = () => harness.accounts.service
  const create = (name: string) =>
    service().create(
      { handle: `${name}.test`, email: `${name}@example.com`, password },
      'unlimited',
    )
  const refresh = ({ refreshJwt }: Pick<SignedIn, 'refreshJwt'>): Promise<SignedIn> =>
    service().refreshSession(refreshJwt, 'unlimited')
  const use = ({ accessJwt }: Pick<SignedIn, 'accessJwt'>) =>
    service().authenticate(accessJwt, { allowDisabled: false })
  const expectEnded = async (...pairs: readonly SignedIn[]): Promise<void> => {
    for (const pair of pairs) {
      await expect(refresh(pair)).rejects.toThrow(ExpiredToken)
      await expect(use(pair)).rejects.toThrow(ExpiredToken)
    }
  }
  const notices = async (name: string): Promise<number> => {
    await harness.accounts.runDueJobs()
    return harness.mailbox.messages.filter(
      ({ to, subject }) =>
        to === `${name}@example.com` && subject === 'A login to your pds.test account was ended',
    ).length
  }

  it('two tabs share a login: both get the current token, in any order', async () => {
    const first = await create('tabs')
    const second = await refresh(first)
    const third = await refresh(second)
    await use(third)
    harness.clock.advance(40)
    expect(await refresh(first)).toEqual(third)
    harness.clock.advance(HOUR)
    const repeated = await refresh(second)
    expect(readJwt(repeated.refreshJwt).payload).toMatchObject({
      jti: readJwt(third.refreshJwt).payload.jti,
    })
    await use(repeated)
    // The tokens of the other tab still work.
    await use(second)
    const fourth = await refresh(third)
    expect(await refresh(first)).toEqual(fourth)
    expect(await notices('tabs')).toBe(0)
  })

  it('returns an access token with enough lifetime left for a repeat', async () => {
    const first = await create('half')
    const second = await refresh(first)
    harness.clock.advance(2 * HOUR)
    const repeated = await refresh(first)
    expect(repeated.refreshJwt).toBe(second.refreshJwt)
    harness.clock.advance(HOUR)
    await use(repeated)
    await expect(use(second)).rejects.toThrow(ExpiredToken)
  })

  it('a lost answer does not end the session, not even after the grace period', async () => {
    const first = await create('lost')
    const lost = await refresh(first)
    harness.clock.advance(30 * DAY)
    const second = await refresh(first)
    expect(readJwt(second.refreshJwt).payload.jti).not.toBe(readJwt(lost.refreshJwt).payload.jti)
    await use(second)
    // Lost again.
    await refresh(second)
    harness.clock.advance(3 * HOUR)
    await use(await refresh(second))
    expect(await notices('lost')).toBe(0)
  })

  it('a dropped successor is invalid, and so is its access token', async () => {
    const strict = await openStrict()
    const first = await create('givenup')
    const lost = await strict.accounts.service.refreshSession(first.refreshJwt, 'unlimited')
    harness.clock.advance(31)
    const second = await strict.accounts.service.refreshSession(first.refreshJwt, 'unlimited')
    await expect(use(lost)).rejects.toThrow('Token has been revoked')
    await use(second)
    await expect(refresh(lost)).rejects.toThrow(ExpiredToken)
    await expectEnded(second)
    await strict.close()
  })

  it.each<[string, (successor: SignedIn) => Promise<unknown>]>([
    ['its access token', use],
    ['its refresh token', refresh],
    ['its access token, to look at the account', (pair) => service().getOwn(pair.accessJwt)],
  ])(
    'a predecessor used after the grace period ends the family if %s was used',
    async (of, useIt) => {
      const name = `behind${of.length}`
      const first = await create(name)
      const second = await refresh(first)
      await useIt(second)
      harness.clock.advance(2 * HOUR + 1)
      await expect(refresh(first)).rejects.toThrow(ExpiredToken)
      await expectEnded(second)
      // The owner is notified once, however many attempts follow.
      await expect(refresh(first)).rejects.toThrow(ExpiredToken)
      expect(await notices(name)).toBe(1)
    },
  )

  it("a thief's refresh ends the login once either side falls behind", async () => {
    const stolen = await create('stolen')
    // Within the grace period both get the same tokens.
    const owner = await refresh(stolen)
    expect(await refresh(stolen)).toEqual(owner)
    await use(owner)
    harness.clock.advance(3 * HOUR)
    const next = await refresh(owner)
    await use(next)
    harness.clock.advance(3 * HOUR)
    await expect(refresh(owner)).rejects.toThrow(ExpiredToken)
    await expectEnded(next)
    expect(await notices('stolen')).toBe(1)
  })

  it('remembers 32 tokens', async () => {
    const first = await create('history')
    let pair: SignedIn = first
    const second = await refresh(first)
    for (let n = 0; n < 32; n++) pair = await refresh(n === 0 ? second : pair)
    // The token after the first is the oldest in the history.
    expect(await refresh(second)).toEqual(pair)
    await use(second)
    await expect(use(first)).rejects.toThrow(ExpiredToken)
    await expect(refresh(first)).rejects.toThrow(ExpiredToken)
    await expectEnded(pair)
  })

  it('keeps the history across a restart', async () => {
    const first = await create('restart')
    const second = await refresh(first)
    const third = await refresh(second)
    const restarted = await openAccountHarness(db, { clock: harness.clock })
    const { service: later } = restarted.accounts
    expect(await later.refreshSession(first.refreshJwt, 'unlimited')).toEqual(third)
    await later.authenticate(third.accessJwt, { allowDisabled: false })
    harness.clock.advance(2 * HOUR + 1)
    await expect(later.refreshSession(second.refreshJwt, 'unlimited')).rejects.toThrow(ExpiredToken)
    await expectEnded(third)
    await restarted.close()
  })

  it('continues a session from before the history, which counts as used', async () => {
    const first = await create('older')
    const second = await refresh(first)
    await sql`update lexwright_account.session set is_used = default, older_tokens = default
      where did = ${first.did}`.execute(db)
    expect(await refresh(first)).toEqual(second)
    harness.clock.advance(2 * HOUR + 1)
    await expect(refresh(first)).rejects.toThrow(ExpiredToken)
  })

  it('ends a login after its maximum lifetime, however often it was refreshed', async () => {
    const brief = await openBrief({ sessionTtl: 10 * DAY })
    const first = await create('brief')
    harness.clock.advance(9 * DAY)
    const second = await brief.accounts.service.refreshSession(first.refreshJwt, 'unlimited')
    harness.clock.advance(DAY - HOUR)
    const last = await brief.accounts.service.refreshSession(second.refreshJwt, 'unlimited')
    const end = Math.floor(harness.clock.now().getTime() / 1000) + HOUR
    expect(readJwt(last.accessJwt).payload).toMatchObject({ exp: end })
    expect(readJwt(last.refreshJwt).payload).toMatchObject({ exp: end })
    harness.clock.advance(HOUR + 30)
    const { service: later } = brief.accounts
    await expect(later.refreshSession(last.refreshJwt, 'unlimited')).rejects.toThrow(
      'Token has expired',
    )
    await expect(later.authenticate(last.accessJwt, { allowDisabled: false })).rejects.toThrow(
      'Token has expired',
    )
    // Signed under another setting.
    await expect(later.refreshSession(first.refreshJwt, 'unlimited')).rejects.toThrow(
      'Token has expired',
    )
    await brief.close()
  })

  const openBrief = async (policy: Partial<AccountPolicy>) =>
    openAccountHarness(db, {
      clock: harness.clock,
      policy: (await testModuleOptions(policy)).policy,
    })
  const openStrict = () => openBrief({ refreshGrace: 30 })
})
