import { describe, expect, it } from '@jest/globals'
import { InvalidPassword } from '../errors.ts'
import { checkBreached, checkPassword } from './password.ts'

const owner = {
  handle: 'alicesmith.test',
  email: 'Alice.Smith@example.com',
  service: ['Green Garden', 'pds.garden.example'],
}

describe('checkPassword', () => {
  it.each([
    'x7!kqpzm',
    'alicesmith 4929 1180 3371',
    'green gardens',
    'correct horse battery staple',
    '密码密码密码密码',
    '🔑🗝️🔒🔓🔐🛡️⚔️🏰',
    'nul\0inside it',
    'z'.repeat(128) + 'y'.repeat(128),
  ])('takes %j', async (password) => {
    expect(await checkPassword(password, owner)).toBe(password.normalize('NFC'))
  })

  it('counts code points: 8 to 256 of them', async () => {
    await expect(checkPassword('🔑'.repeat(7), owner)).rejects.toThrow(/at least 8/)
    expect(await checkPassword('🔑'.repeat(8), owner)).toHaveLength(16)
    expect(await checkPassword('🔑'.repeat(256), owner)).toHaveLength(512)
    await expect(checkPassword('🔑'.repeat(257), owner)).rejects.toThrow(/at most 256/)
    await expect(checkPassword('', owner)).rejects.toThrow(InvalidPassword)
    await expect(checkPassword('x'.repeat(1_000_000), owner)).rejects.toThrow(/at most 256/)
  })

  it('treats both encodings of a letter as one', async () => {
    const composed = 'pa\u00dfwort mit \u00fcmlaut'
    expect(await checkPassword(composed.normalize('NFD'), owner)).toBe(composed)
    // Four letters with combining marks are four characters, not eight.
    await expect(checkPassword('u\u0308'.repeat(4), owner)).rejects.toThrow(/at least 8/)
  })

  it.each(['password', 'Password1', 'qwertyuiop', '1234567890', 'iloveyou'])(
    'refuses %s as common',
    async (password) => {
      await expect(checkPassword(password, owner)).rejects.toThrow(/too common/)
    },
  )

  it.each([
    'alicesmith.test',
    'AliceSmith',
    'alice.smith@example.com',
    'ALICE.SMITH@EXAMPLE.COM',
    'alicesmith1990!',
    '~Alice-Smith~',
  ])("refuses %s as the owner's name", async (password) => {
    await expect(checkPassword(password, owner)).rejects.toThrow(
      /must not be the name or the email/,
    )
  })

  it.each([
    'Green Garden',
    'greengarden',
    '123GREEN-garden!',
    'pds.garden.example',
    'PdsGardenExample1',
  ])('refuses %s as the name of the service', async (password) => {
    await expect(checkPassword(password, owner)).rejects.toThrow(/name of the service/)
  })

  it.each([' '.repeat(12), '\t\u3000 \u00a0'.repeat(4)])(
    'refuses %j as blank',
    async (password) => {
      await expect(checkPassword(password, owner)).rejects.toThrow(/blank/)
    },
  )

  it('refuses half a surrogate pair', async () => {
    await expect(checkPassword('long enough \ud83d', owner)).rejects.toThrow(/not valid Unicode/)
  })
})

describe('checkBreached', () => {
  it('refuses breached passwords, and looks them up only if configured', async () => {
    const breached = { contains: async (password: string) => password === 'known' }
    await expect(checkBreached('known', breached)).rejects.toThrow(InvalidPassword)
    await expect(checkBreached('unknown', breached)).resolves.toBeUndefined()
    await expect(checkBreached('known', undefined)).resolves.toBeUndefined()
  })
})
