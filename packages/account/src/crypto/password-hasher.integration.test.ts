import { afterAll, afterEach, describe, expect, it } from '@jest/globals'
import { hashSync } from 'bcryptjs'
import {
  createPasswordHasher,
  type PasswordHasher,
  type PasswordHasherOptions,
  PasswordQueueFullError,
} from './password-hasher.ts'

const PEPPER = 'a pepper that is long enough for its purpose'
const DEFAULTS: PasswordHasherOptions = { pepper: PEPPER, cost: 4, threads: 1 }
const open: PasswordHasher[] = []

function hasher(options: Partial<PasswordHasherOptions>): PasswordHasher {
  const created = createPasswordHasher({ ...DEFAULTS, ...options })
  open.push(created)
  return created
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()))
})

/** Shared, since starting a thread takes longer than all of its hashes. */
const passwords = createPasswordHasher(DEFAULTS)
afterAll(() => passwords.close())

// `npm run test:long hashing-times` compares how long refusals take.
describe('createPasswordHasher', () => {
  it('verifies the password it hashed and no other', async () => {
    const stored = await passwords.hash('correct horse', null)
    expect(stored).toMatch(/^v1\.[0-9a-f]{8}\.\$2b\$04\$[./A-Za-z0-9]{53}$/)
    expect(await passwords.verify('correct horse', stored, null)).toEqual({
      ok: true,
      needsRehash: false,
    })
    expect(await passwords.verify('correct hors', stored, null)).toEqual({
      ok: false,
      needsRehash: false,
    })
    expect(await passwords.verify('', stored, null)).toEqual({ ok: false, needsRehash: false })
  })

  it('salts hashes: the same password is never stored the same way', async () => {
    expect(await passwords.hash('twice', null)).not.toBe(await passwords.hash('twice', null))
  })

  it('reads the whole password, past 72 bytes and past a NUL', async () => {
    const long = await passwords.hash(`${'x'.repeat(100)}1`, null)
    expect(await passwords.verify(`${'x'.repeat(100)}2`, long, null)).toMatchObject({ ok: false })
    expect(await passwords.verify(`${'x'.repeat(100)}1`, long, null)).toMatchObject({ ok: true })
    const nul = await passwords.hash('before\0after', null)
    expect(await passwords.verify('before\0other', nul, null)).toMatchObject({ ok: false })
  })

  it('treats composed and decomposed spellings as one password', async () => {
    const stored = await passwords.hash('caf\u00e9 cr\u00e8me', null)
    expect(await passwords.verify('cafe\u0301 cre\u0300me', stored, null)).toMatchObject({
      ok: true,
    })
  })

  it('cannot be verified from a stolen database without the pepper', async () => {
    const stored = await passwords.hash('secret password', null)
    const thief = hasher({ pepper: 'another pepper, just as long as the first' })
    expect(await thief.verify('secret password', stored, null)).toEqual({
      ok: false,
      needsRehash: false,
    })
  })

  it('verifies hashes of a previous pepper and reports needsRehash', async () => {
    const stored = await passwords.hash('secret password', null)
    const rotated = hasher({ pepper: 'the new pepper', previousPeppers: [PEPPER] })
    expect(await rotated.verify('secret password', stored, null)).toEqual({
      ok: true,
      needsRehash: true,
    })
    expect(await rotated.verify('wrong', stored, null)).toEqual({ ok: false, needsRehash: false })
  })

  it.each(['$2a$', '$2b$', '$2y$'])(
    'verifies an imported %s hash and reports needsRehash',
    async (version) => {
      const imported = hashSync('imported password', 4).replace(/^\$2b\$/, version)
      expect(await passwords.verify('imported password', imported, null)).toEqual({
        ok: true,
        needsRehash: true,
      })
      expect(await passwords.verify('imported passwore', imported, null)).toEqual({
        ok: false,
        needsRehash: false,
      })
    },
  )

  it('verifies a hash of the official PDS and reports needsRehash', async () => {
    // Made by @atproto/pds 0.5.35.
    const imported =
      '8e5611e70b7a4de6f48a3c4bfb676310:bc219aebfd0ea871823bb0d839a395d11a5d4831904166adc7c3eb00ff723b155c3a68438fe1e0e40eed41fbad732d3edc01a667648d0d43f75141fea09110b9'
    expect(await passwords.verify('imported password', imported, null)).toEqual({
      ok: true,
      needsRehash: true,
    })
    for (const wrong of ['imported passwore', ''])
      expect(await passwords.verify(wrong, imported, null)).toEqual({
        ok: false,
        needsRehash: false,
      })
    for (const spoilt of [imported.slice(0, -1), imported.toUpperCase(), imported.replace(':', '')])
      expect(await passwords.verify('imported password', spoilt, null)).toMatchObject({ ok: false })
  })

  it('reports needsRehash when the configured cost has changed', async () => {
    const stored = await passwords.hash('a password', null)
    expect(await hasher({ cost: 5 }).verify('a password', stored, null)).toEqual({
      ok: true,
      needsRehash: true,
    })
  })

  it('refuses values that are not a hash or cost too much, without computing them', async () => {
    const good = hashSync('p', 4)
    const bad = [
      '',
      'p',
      good.slice(0, -1),
      `${good}x`,
      good.replace('$04$', '$31$'),
      good.replace('$04$', '$16$'),
      good.replace('$04$', '$03$'),
      good.replace('$04$', '$99$'),
      good.replace('$2b$', '$2x$'),
      `v1.00000000.${good}`,
      `v2.00000000.${good}`,
      `v1.${good}`,
      '\0',
      '$'.repeat(100_000),
    ]
    for (const stored of bad) {
      expect(await passwords.verify('p', stored, null)).toEqual({ ok: false, needsRehash: false })
    }
  })

  it('does not block the event loop', async () => {
    const passwords = hasher({ cost: 10 })
    await passwords.hash('a password', null)
    const before = performance.eventLoopUtilization()
    await Promise.all(Array.from({ length: 5 }, () => passwords.hash('a password', null)))
    expect(performance.eventLoopUtilization(before).utilization).toBeLessThan(0.5)
  })

  it('refuses at once when threads and queue are full', async () => {
    const passwords = hasher({ maxQueue: 2 })
    const outcomes = await Promise.allSettled(
      Array.from({ length: 6 }, () => passwords.hash('a password', null)),
    )
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(3)
    for (const outcome of outcomes.slice(3)) {
      expect(outcome).toMatchObject({ reason: expect.any(PasswordQueueFullError) })
      expect((outcome as PromiseRejectedResult).reason.retryAfterSeconds).toBeGreaterThanOrEqual(1)
    }
    // The slots are free again.
    await passwords.hash('a password', null)
  })

  it('keeps room for others when one caller has used up its share', async () => {
    const passwords = hasher({ maxQueue: 32 })
    const flood = Array.from({ length: 6 }, () => passwords.hash('a password', 'flood'))
    const other = passwords.hash('a password', 'other')
    const outcomes = await Promise.allSettled(flood)
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(3)
    await other
  })

  it('rejects waiting and later passwords once closed', async () => {
    const passwords = hasher({ cost: 11 })
    const waiting = Promise.allSettled([passwords.hash('a', null), passwords.hash('b', null)])
    await passwords.close()
    expect((await waiting).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    await expect(passwords.hash('c', null)).rejects.toThrow('closed')
    await passwords.close()
  })

  it('closes without ever having been used', async () => {
    await hasher({}).close()
  })

  it.each([{ cost: 3 }, { cost: 16 }, { cost: 4.5 }, { threads: 0 }, { maxQueue: -1 }])(
    'refuses to be created with %j',
    (options) => {
      expect(() => hasher(options)).toThrow(RangeError)
    },
  )
})
