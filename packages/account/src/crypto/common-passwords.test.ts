import { describe, expect, it } from '@jest/globals'
import { dictionary } from '@zxcvbn-ts/language-common'
import { isCommonPassword } from './common-passwords.ts'

describe('isCommonPassword', () => {
  it.each(['password', 'PASSWORD', '12345678', 'qwertyuiop', 'Password1', 'iLoveYou', 'trustno1'])(
    'knows %s',
    async (password) => expect(await isCommonPassword(password)).toBe(true),
  )

  it('recognizes full-width letters', async () => {
    expect(await isCommonPassword('ｐａｓｓｗｏｒｄ１')).toBe(true)
  })

  it.each(['correct horse battery staple', 'tr0ub4dor&3-', 'constructor', '__proto__', ''])(
    'lets %j pass',
    async (password) => expect(await isCommonPassword(password)).toBe(false),
  )

  it('has well over 3,000 passwords of an allowed length', async () => {
    const long = dictionary['passwords-common'].filter((each) => each.length >= 8)
    expect(long.length).toBeGreaterThan(3_000)
    const known = await Promise.all(long.map(isCommonPassword))
    expect(known.every(Boolean)).toBe(true)
  })
})
