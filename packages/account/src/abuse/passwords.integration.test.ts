import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import {
  type AttackTarget,
  openAttackTarget,
  password,
} from '@lexwright/testing/accounts/attack-target'
import bcrypt from 'bcryptjs'
import { sql } from 'kysely'

/** Attacks over real HTTP on a real PostgreSQL, one class per test. */
describe('abuse of passwords and reset codes', () => {
  let target: AttackTarget
  beforeAll(async () => {
    target = await openAttackTarget()
  })
  afterAll(() => target.close())

  it('passwords differ beyond the 72 bytes that bcrypt reads', async () => {
    const victim = target.person()
    const long = `${'x'.repeat(80)} first`
    await victim.signUp({ password: long })
    expect((await victim.logIn(`${'x'.repeat(80)} other`)).status).toBe(401)
    expect((await victim.logIn('x'.repeat(80))).status).toBe(401)
    expect((await victim.logIn(long)).status).toBe(200)
    const emoji = `${'🔑'.repeat(250)}first`
    expect((await target.reset(await victim.resetCode(), emoji)).status).toBe(200)
    expect((await victim.logIn(`${'🔑'.repeat(250)}other`)).status).toBe(401)
    expect((await victim.logIn(emoji)).status).toBe(200)
    // bcrypt alone would stop at a NUL.
    expect((await target.reset(await victim.resetCode(), 'before\0after first')).status).toBe(200)
    expect((await victim.logIn('before\0after other')).status).toBe(401)
  })

  it('a stored hash with an absurd cost is not computed', async () => {
    const victim = target.person()
    const { did } = await victim.signUp()
    const real = bcrypt.hashSync(password, 4)
    for (const hash of [real.replace('$04$', '$31$'), real.replace('$04$', '$99$')]) {
      await sql`update lexwright_account.account set password_hash = ${hash} where did = ${did}`.execute(
        target.db,
      )
      // Computing such a hash would take hours.
      expect((await victim.logIn(password)).status).toBe(401)
    }
  })

  it('a reset code stops working once it is used, replaced or expired', async () => {
    const victim = target.person()
    const { accessJwt } = await victim.signUp()
    const authorization = `Bearer ${accessJwt}`
    const used = await victim.resetCode()
    // A refused password does not use the code up.
    expect((await target.reset(used, 'short')).error).toBe('InvalidPassword')
    expect((await target.reset(used)).status).toBe(200)
    expect((await target.reset(used)).error).toBe('InvalidToken')
    const superseded = await victim.resetCode()
    const expired = await victim.resetCode()
    expect((await target.reset(superseded)).error).toBe('InvalidToken')
    target.harness.clock.advance(10 * 60 + 1)
    expect((await target.reset(expired)).error).toBe('ExpiredToken')
    expect((await target.get(accessJwt)).error).toBe('ExpiredToken')
    const { accessJwt: fresh } = JSON.parse((await victim.logIn('a whole new password')).text)
    const orphaned = await victim.resetCode()
    await target.call('account.delete', { authorization: `Bearer ${fresh}` })
    expect((await target.reset(orphaned)).error).toBe('InvalidToken')
    expect((await target.call('account.delete', { authorization })).error).toBe('ExpiredToken')
  })
})
