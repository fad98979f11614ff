import { PassThrough } from 'node:stream'
import { beforeEach, describe, expect, it } from '@jest/globals'
import { askForPassword } from './ask-for-password.ts'

const WHOSE = 'did:plc:alice at https://pds.example.com'
const REFUSAL = {
  name: 'UsageError',
  message: `No password was given for ${WHOSE}; nothing was published.`,
}

let input: PassThrough & { isTTY?: boolean }
let output: PassThrough
beforeEach(() => {
  input = Object.assign(new PassThrough(), { isTTY: true })
  output = new PassThrough()
})

const asked = (): Promise<string> => askForPassword(WHOSE, input, output)
const shown = (): string => String(output.read())

describe('the password prompt', () => {
  it('names the account, reads a line, and does not echo it', async () => {
    const answer = asked()
    input.write('correct horse\r')
    expect(await answer).toBe('correct horse')
    expect(shown()).toBe(`Password of ${WHOSE}: \n`)
  })

  it('supports backspace', async () => {
    const answer = asked()
    input.write('hunter3\x7f2\r')
    expect(await answer).toBe('hunter2')
  })

  it.each([
    ['Ctrl-C', '\x03'],
    ['Ctrl-D', '\x04'],
  ])('can be cancelled with %s', async (_, key) => {
    const answer = asked()
    input.write(key)
    await expect(answer).rejects.toMatchObject(REFUSAL)
    expect(shown()).toBe(`Password of ${WHOSE}: \n`)
  })

  it('is cancelled when the terminal closes', async () => {
    const answer = asked()
    input.end('half')
    await expect(answer).rejects.toMatchObject(REFUSAL)
  })

  it('is not shown without a terminal', async () => {
    input.isTTY = false
    await expect(asked()).rejects.toThrow('in LEXWRIGHT_PASSWORD.')
    expect(output.read()).toBeNull()
  })
})
