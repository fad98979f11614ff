import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import {
  type AttackTarget,
  openAttackTarget,
  password,
} from '@lexwright/testing/accounts/attack-target'

/** Attacks over real HTTP on a real PostgreSQL, one class per test. */
describe('abuse of bodies', () => {
  let target: AttackTarget
  beforeAll(async () => {
    target = await openAttackTarget()
  })
  afterAll(() => target.close())

  it('bodies with prototype keys change nothing', async () => {
    const victim = target.person()
    await victim.signUp()
    const bodies = [
      '{"__proto__":{"handle":"x.test","email":"x@example.com","password":"long enough to pass"}}',
      '{"constructor":{"prototype":{"isAdmin":true}}}',
      `{"handle":"y${victim.name}.test","email":"y${victim.name}@example.com","password":"${password}","__proto__":{"status":"active"}}`,
      '{"email":{"__proto__":{"toString":"x"}}}',
      '{"hasOwnProperty":1,"toString":1,"valueOf":1}',
      '{"__proto__":null}',
      '[{"__proto__":[]}]',
    ]
    for (const body of bodies) {
      for (const method of [
        'account.create',
        'account.requestPasswordReset',
        'account.resetPassword',
        'session.create',
      ]) {
        expect([200, 400]).toContain((await target.call(method, { body })).status)
      }
    }
    for (const field of ['isAdmin', 'handle', 'status', 'email']) {
      expect(Object.prototype).not.toHaveProperty(field)
    }
    expect((await victim.logIn(password)).status).toBe(200)
    const query = '?__proto__=x&constructor=y&handle[__proto__]=z'
    const response = await fetch(`${target.harness.url}/xrpc/com.atproto.handle.resolve${query}`)
    expect(response.status).toBeLessThan(500)
  })
})
