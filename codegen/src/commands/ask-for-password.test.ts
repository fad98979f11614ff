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

describe('the question for a password', () => {
  it('names the account, takes a line, and shows nothing of what is typed', async () => {
    const answer = asked()
    input.write('correct horse\r')
    expect(await answer).toBe('correct horse')
    expect(shown()).toBe(`Password of ${WHOSE}: \n`)
  })

  it('lets a mistake be taken back', async () => {
    const answer = asked()
    input.write('hunter3\x7f2\r')
    expect(await answer).toBe('hunter2')
  })

  it.each([
    ['Ctrl-C', '\x03'],
    ['Ctrl-D', '\x04'],
  ])('is refused an answer by %s', async (_, key) => {
    const answer = asked()
    input.write(key)
    await expect(answer).rejects.toMatchObject(REFUSAL)
    expect(shown()).toBe(`Password of ${WHOSE}: \n`)
  })

  it('is refused an answer by a terminal that is closed', async () => {
    const answer = asked()
    input.end('half')
    await expect(answer).rejects.toMatchObject(REFUSAL)
  })

  it('is not asked where there is no terminal', async () => {
    input.isTTY = false
    await expect(asked()).rejects.toThrow('in LEXWRIGHT_PASSWORD.')
    expect(output.read()).toBeNull()
  })
})
