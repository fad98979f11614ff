import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { simpleParser } from 'mailparser'
import { createFileMailer } from './file-mailer.ts'
import { MailError } from './mailer.ts'

let directory: string
const logged: unknown[] = []

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'lexwright-mail-'))
  logged.length = 0
})
afterEach(() => rm(directory, { recursive: true, force: true }))

function mailer(path: string) {
  return createFileMailer({
    directory: path,
    from: 'noreply@pds.test',
    logger: { info: (...entry) => void logged.push(entry) },
    clock: { now: () => new Date('2026-11-23T18:05:00.123Z') },
  })
}

const MESSAGE = {
  to: 'alice@example.com',
  subject: 'Your code',
  text: 'abcde-fghij',
  html: '<p>abcde-fghij</p>',
}

describe('createFileMailer', () => {
  it('writes one private file per mail, atomically', async () => {
    const path = join(directory, 'deep', 'mail')
    await mailer(path).send(MESSAGE)
    const [name = '', ...others] = await readdir(path)
    expect(others).toEqual([])
    expect(name).toMatch(/^20261123T180500\.123Z-[0-9a-f]{8}\.eml$/)
    expect((await stat(join(path, name))).mode & 0o777).toBe(0o600)
    expect((await stat(path)).mode & 0o777).toBe(0o700)
    const mail = await simpleParser(await readFile(join(path, name)))
    expect(mail.subject).toBe('Your code')
    expect(mail.text?.trim()).toBe('abcde-fghij')
    expect(mail.html).toContain('<p>abcde-fghij</p>')
    expect([mail.to].flat()[0]?.text).toBe('alice@example.com')
    expect(mail.date).toEqual(new Date('2026-11-23T18:05:00Z'))
  })

  it('logs the file and nothing of the mail', async () => {
    await mailer(directory).send(MESSAGE)
    expect(logged).toHaveLength(1)
    const text = JSON.stringify(logged)
    expect(text).toContain('.eml')
    expect(text).not.toMatch(/alice|abcde|Your code/)
  })

  it('writes separate files for mails of the same moment', async () => {
    const { send } = mailer(directory)
    await Promise.all(Array.from({ length: 20 }, () => send(MESSAGE)))
    expect(await readdir(directory)).toHaveLength(20)
  })

  it('fails temporarily when the directory is not writable', async () => {
    const file = join(directory, 'file')
    await writeFile(file, '')
    const refusal = { name: 'MailError', permanent: false }
    await expect(mailer(file).send(MESSAGE)).rejects.toMatchObject(refusal)
    await expect(mailer(file).check()).rejects.toMatchObject(refusal)
    await mailer(directory).check()
  })

  it('fails permanently when the recipient is not a mailbox', async () => {
    const sent = mailer(directory).send({ ...MESSAGE, to: 'a@b.test\r\nBcc: c@d.test' })
    await expect(sent).rejects.toThrow(MailError)
    expect(await readdir(directory)).toEqual([])
  })
})
