import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { newestResetCode } from '@lexwright/testing/accounts/account-harness'
import {
  type AccountProcesses,
  openAccountProcesses,
} from '@lexwright/testing/accounts/account-processes'
import { sql } from 'kysely'
import { AccountError, ExpiredToken, TemporarilyUnavailable, WrongCredentials } from '../errors.ts'
import type { SignedIn } from './log-in.ts'

const password = 'correct horse battery'

/** Invariants 2 and 5: properties of tokens under concurrent processes. */
describe.each(['read committed', 'serializable'])('sessions in a race at %s', (isolation) => {
  let processes: AccountProcesses
  beforeAll(async () => {
    processes = await openAccountProcesses(isolation, { refreshGrace: 30 })
  })
  afterAll(() => processes.close())

  const service = (index: number) => processes.at(index).accounts.service
  const create = (name: string) =>
    service(0).create(
      { handle: `${name}.test`, email: `${name}@example.com`, password },
      'unlimited',
    )
  /** Runs all tasks at once, distributed over the processes. */
  async function race<Result>(tasks: readonly ((n: number) => Promise<Result>)[]) {
    const results = await Promise.allSettled(tasks.map((task, n) => task(n)))
    for (const result of results) {
      if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(AccountError)
    }
    return results
  }
  /** Retries on request, like a client: so many concurrent tasks may collide too often. */
  async function persist(task: () => Promise<unknown>): Promise<void> {
    for (;;) {
      try {
        await task()
        return
      } catch (error) {
        if (!(error instanceof TemporarilyUnavailable)) throw error
      }
    }
  }
  const successes = <Result>(results: readonly PromiseSettledResult<Result>[]): Result[] =>
    results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  const times = <Result>(count: number, task: (n: number) => Promise<Result>) =>
    Array<(n: number) => Promise<Result>>(count).fill(task)
  const resetCode = async (name: string) => {
    await service(1).requestPasswordReset(`${name}@example.com`, 'unlimited')
    await processes.at(2).accounts.runDueJobs()
    return newestResetCode(processes.at(2).mailbox, `${name}@example.com`)
  }
  /** Asserts that none of these tokens works any more. */
  async function expectDead(tokens: readonly SignedIn[]) {
    for (const [n, { accessJwt, refreshJwt }] of tokens.entries()) {
      await expect(service(n).authenticate(accessJwt, { allowDisabled: true })).rejects.toThrow(
        ExpiredToken,
      )
      await expect(service(n).refreshSession(refreshJwt, 'unlimited')).rejects.toThrow(ExpiredToken)
    }
  }

  it('one refresh token used thirty times at once has one successor', async () => {
    let { refreshJwt } = await create('single')
    for (let round = 0; round < 3; round++) {
      const results = await race(
        times(30, (n) => service(n).refreshSession(refreshJwt, 'unlimited')),
      )
      for (const result of results) {
        if (result.status === 'rejected')
          expect(result.reason).toBeInstanceOf(TemporarilyUnavailable)
      }
      const pairs = successes(results)
      expect(pairs).not.toHaveLength(0)
      expect(new Set(pairs.map((pair) => `${pair.refreshJwt} ${pair.accessJwt}`)).size).toBe(1)
      refreshJwt = pairs[0]?.refreshJwt ?? ''
    }
  })

  it('a family has at most one live token, whichever of its tokens are used in any order', async () => {
    for (let round = 0; round < 3; round++) {
      const first = await create(`family${round}`)
      let known = [first.refreshJwt]
      for (let step = 0; step < 4; step++) {
        // Old and new tokens at once, in all processes, sometimes after the grace period.
        if ((round + step) % 3 === 2) processes.clock.advance(31)
        const given = known.slice(-3)
        const results = await race(
          times(9, (n) => service(n).refreshSession(given[n % given.length] ?? '', 'unlimited')),
        )
        const got = new Set(successes(results).map((pair) => pair.refreshJwt))
        // However many requests, at most one token is new; all others return one that was current
        // in the meantime.
        const made = [...got].filter((token) => !known.includes(token))
        expect(made.length).toBeLessThanOrEqual(1)
        known = [...known, ...made]
      }
      processes.clock.advance(31)
      const alive: string[] = []
      for (const token of known.toReversed()) {
        const pair = await service(0)
          .refreshSession(token, 'unlimited')
          .catch(() => undefined)
        if (pair !== undefined) alive.push(token)
      }
      expect(alive.length).toBeLessThanOrEqual(1)
    }
  })

  it('after a reset, nothing from before it works', async () => {
    const first = await create('resetting')
    const token = await resetCode('resetting')
    const before = await service(1).logIn({ name: 'resetting.test', password }, 'unlimited')
    const next = 'a whole new password'
    const results = await race<SignedIn | undefined>([
      ...times(6, (n) => service(n).logIn({ name: 'resetting.test', password }, 'unlimited')),
      ...times(6, (n) => service(n).refreshSession(first.refreshJwt, 'unlimited')),
      async (n) => {
        await persist(() => service(n).resetPassword({ token, password: next }, 'unlimited'))
        return undefined
      },
      ...times(6, (n) => service(n).refreshSession(before.refreshJwt, 'unlimited')),
      ...times(6, (n) => service(n).logIn({ name: 'resetting.test', password }, 'unlimited')),
    ])
    expect(results[12]).toMatchObject({ status: 'fulfilled' })
    const issued = successes(results).filter((pair) => pair !== undefined)
    await expectDead([first, before, ...issued])
    await expect(
      service(2).logIn({ name: 'resetting.test', password }, 'unlimited'),
    ).rejects.toThrow(WrongCredentials)
    expect(
      await service(2).logIn({ name: 'resetting.test', password: next }, 'unlimited'),
    ).toMatchObject({
      did: first.did,
    })
  })

  it('a login whose old hash is being replaced does not outlive a reset', async () => {
    const first = await create('upgrading')
    const { default: bcrypt } = await import('bcryptjs')
    const imported = bcrypt.hashSync(password, 4)
    await sql`update lexwright_account.account set password_hash = ${imported}
      where did = ${first.did}`.execute(processes.db)
    const token = await resetCode('upgrading')
    const next = 'a whole new password'
    const results = await race<SignedIn | undefined>([
      ...times(8, (n) => service(n).logIn({ name: 'upgrading.test', password }, 'unlimited')),
      async (n) => {
        await persist(() => service(n).resetPassword({ token, password: next }, 'unlimited'))
        return undefined
      },
      ...times(4, (n) => service(n).logIn({ name: 'upgrading.test', password }, 'unlimited')),
    ])
    expect(results[8]).toMatchObject({ status: 'fulfilled' })
    await expectDead(successes(results).filter((pair) => pair !== undefined))
    // The new password works: no upgrade of the old hash came after it.
    await service(0).logIn({ name: 'upgrading.test', password: next }, 'unlimited')
    await expect(
      service(1).logIn({ name: 'upgrading.test', password }, 'unlimited'),
    ).rejects.toThrow(WrongCredentials)
  })

  it('after a deletion, nothing from before it works', async () => {
    const first = await create('deleting')
    const token = await resetCode('deleting')
    const { authTime } = await service(0).authenticate(first.accessJwt, { allowDisabled: false })
    const results = await race<SignedIn | undefined>([
      ...times(6, (n) => service(n).logIn({ name: 'deleting.test', password }, 'unlimited')),
      ...times(6, (n) => service(n).refreshSession(first.refreshJwt, 'unlimited')),
      async (n) => {
        await persist(() => service(n).delete({ did: first.did, authTime }, 'unlimited'))
        return undefined
      },
      ...times(6, (n) => service(n).logIn({ name: 'deleting@example.com', password }, 'unlimited')),
    ])
    await expectDead([first, ...successes(results).filter((pair) => pair !== undefined)])
    await expect(
      service(0).resetPassword({ token, password: 'a whole new password' }, 'unlimited'),
    ).rejects.toThrow(AccountError)
    const { rows } = await sql`select from lexwright_account.session
      where did = ${first.did} and revoked_at is null`.execute(processes.db)
    expect(rows).toHaveLength(0)
  })

  it('concurrent logouts and refreshes leave no live token', async () => {
    const first = await create('leaving')
    const results = await race<SignedIn | undefined>([
      ...times(5, (n) => service(n).refreshSession(first.refreshJwt, 'unlimited')),
      async (n) => {
        await persist(() => service(n).logOut(first.refreshJwt))
        return undefined
      },
      ...times(5, (n) => service(n).refreshSession(first.refreshJwt, 'unlimited')),
    ])
    await expectDead([first, ...successes(results).filter((pair) => pair !== undefined)])
  })
})
