import { connect, createServer } from 'node:net'
import { afterEach, describe, expect, it } from '@jest/globals'
import { simpleParser } from 'mailparser'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { MailError, type Mailer } from './mailer.ts'
import { createSmtpMailer } from './smtp-mailer.ts'

interface Received {
  readonly from: string
  readonly to: readonly string[]
  readonly raw: string
}

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

/** A real SMTP server that stores what it receives. */
async function smtp(options: SMTPServerOptions = {}) {
  const received: Received[] = []
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData: (stream, session, done) => {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope
        received.push({
          from: mailFrom === false ? '' : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          raw: Buffer.concat(chunks).toString('utf8'),
        })
        done()
      })
    },
    ...options,
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanups.push(() => new Promise<void>((resolve) => server.close(() => resolve())))
  const address = server.server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return { port, received }
}

function mailer(port: number, auth = ''): Mailer {
  const created = createSmtpMailer({
    url: `smtp://${auth}127.0.0.1:${port}`,
    from: 'Lexwright <noreply@pds.test>',
    timeout: 3_000,
  })
  cleanups.push(() => created.close())
  return created
}

const MESSAGE = {
  to: 'alice@example.com',
  subject: 'Grüße',
  text: 'A line.\n.\nQUIT\n',
  html: '<p>A line.</p>',
  id: 'job-1',
}

async function failure(promise: Promise<unknown>): Promise<MailError> {
  const reason = await promise.then(
    () => new Error('was sent'),
    (error: unknown) => error,
  )
  if (!(reason instanceof MailError)) throw reason
  return reason
}

describe('createSmtpMailer', () => {
  it('delivers text and HTML to the one recipient', async () => {
    const { port, received } = await smtp()
    await mailer(port).send(MESSAGE)
    expect(received).toHaveLength(1)
    const [mail] = received
    expect(mail).toMatchObject({ from: 'noreply@pds.test', to: ['alice@example.com'] })
    const parsed = await simpleParser(mail?.raw ?? '')
    expect(parsed.subject).toBe('Grüße')
    expect(parsed.text?.trimEnd()).toBe('A line.\n.\nQUIT')
    expect(parsed.html).toContain('<p>A line.</p>')
    expect(parsed.messageId).toBe('<job-1@pds.test>')
    expect(parsed.headers.get('auto-submitted')).toBe('auto-generated')
  })

  it('logs in with the credentials in the URL', async () => {
    const logins: unknown[] = []
    const { port, received } = await smtp({
      authOptional: false,
      onAuth: ({ username, password }, _, done) => {
        logins.push([username, password])
        done(null, { user: 'postman' })
      },
    })
    await mailer(port, 'post%40man:p%3Ass@').send(MESSAGE)
    expect(logins).toEqual([['post@man', 'p:ss']])
    expect(received).toHaveLength(1)
  })

  it.each([
    ['a quoted comma', '"a,b"@example.com'],
    ['a plus', 'alice+list@example.com'],
    ['every atom character', "!#$%&'*+/=?^_`{|}~-@example.com"],
  ])('sends to %s as one recipient at its own domain', async (_, to) => {
    const { port, received } = await smtp()
    await mailer(port).send({ ...MESSAGE, to })
    expect(received.map((mail) => mail.to)).toEqual([[to]])
    const header = (await simpleParser(received[0]?.raw ?? '')).to
    const addresses = [header].flat().flatMap((each) => each?.value ?? [])
    expect(addresses.map(({ address }) => address)).toEqual([
      expect.stringMatching(/@example\.com$/),
    ])
  })

  it.each([
    ['"a@evil.test"@example.com', '"a@evil.test"@example.com'],
    ['"a@evil.test, b"@example.com', '"a@evil.test, b"@example.com'],
    ['"a b"@example.com', '"a b"@example.com'],
    ['"a\\"b"@example.com', '"a\\"b"@example.com'],
    ['alice@bücher.example', 'alice@xn--bcher-kva.example'],
  ])('sends %s in a single RCPT command', async (to, onTheWire) => {
    const { port } = await smtp()
    const { port: tapped, lines } = await tap(port)
    await mailer(tapped)
      .send({ ...MESSAGE, to })
      .catch((error: unknown) => expect(error).toMatchObject({ permanent: true }))
    expect(lines().filter((line) => line.startsWith('RCPT'))).toEqual([`RCPT TO:<${onTheWire}>`])
  })

  it.each([
    'alice@example.com\r\nRCPT TO:<eve@evil.test>',
    'alice@example.com\nBcc: eve@evil.test',
    '"alice\r\nDATA"@example.com',
    'alice@example.com, eve@evil.test',
    'alice@example.com;eve@evil.test',
    'Alice <alice@example.com>',
    '<alice@example.com>',
    'alice@example.com>',
    'alice@[127.0.0.1]',
    'alice@example.com\0',
    'alice @example.com',
    '@example.com',
    'alice@',
    'alice',
    '',
    'àlice@example.com',
    'alice@exa mple.com',
    `${'a'.repeat(250)}@example.com`,
  ])('does not even connect for %j', async (to) => {
    const { port, received } = await smtp({ onConnect: (_, done) => done(new Error('connected')) })
    const error = await failure(mailer(port).send({ ...MESSAGE, to }))
    expect(error).toMatchObject({ permanent: true })
    expect(error.message).toBe('the recipient is not a mailbox')
    expect(received).toEqual([])
  })

  it('lets no subject become a header', async () => {
    const { port, received } = await smtp()
    await mailer(port).send({ ...MESSAGE, subject: 'Hello\r\nBcc: eve@evil.test\r\n\r\nbody' })
    expect(received[0]?.to).toEqual(['alice@example.com'])
    const { headers } = await simpleParser(received[0]?.raw ?? '')
    expect(headers.has('bcc')).toBe(false)
  })

  it('reports a refused recipient as permanent, without naming it', async () => {
    const { port } = await smtp({
      onRcptTo: ({ address }, _, done) =>
        done(Object.assign(new Error(`no ${address} here`), { responseCode: 550 })),
    })
    const error = await failure(mailer(port).send(MESSAGE))
    expect(error).toMatchObject({ permanent: true })
    expect(error.message).toContain('550')
    expect(error.message).not.toContain('alice')
  })

  it.each([
    ['a greylisting server', { onRcptTo: reply(451) }],
    ['a refused login', { authOptional: false, onAuth: reply(535) }],
  ] as const)('reports %s as temporary', async (_, options) => {
    const { port } = await smtp(options as SMTPServerOptions)
    expect(await failure(mailer(port, 'user:pass@').send(MESSAGE))).toMatchObject({
      permanent: false,
    })
  })

  it('fails on a server that is not running and on one that does not answer', async () => {
    const { port } = await smtp({ onConnect: () => {} })
    expect(await failure(mailer(port).send(MESSAGE))).toMatchObject({ permanent: false })
    const closed = await unusedPort()
    expect(await failure(mailer(closed).send(MESSAGE))).toMatchObject({ permanent: false })
  })

  it('checks a server without sending mail', async () => {
    const { port, received } = await smtp()
    await mailer(port).check()
    expect(received).toEqual([])
    const { port: locked } = await smtp({ authOptional: false, onAuth: reply(535) })
    expect((await failure(mailer(locked, 'user:hunter2@').check())).message).toContain('EAUTH')
    expect(await failure(mailer(await unusedPort()).check())).toBeInstanceOf(MailError)
  })
})

function reply(responseCode: number) {
  return (_address: unknown, _session: unknown, done: (error: Error) => void) =>
    done(Object.assign(new Error('not now'), { responseCode }))
}

/** A proxy that records the lines of the client. */
async function tap(port: number): Promise<{ port: number; lines: () => string[] }> {
  let said = ''
  const server = createServer((client) => {
    client.on('data', (bytes) => {
      said += bytes.toString()
    })
    const upstream = connect(port, '127.0.0.1')
    client.pipe(upstream).pipe(client)
    client.on('error', () => upstream.destroy())
    upstream.on('error', () => client.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanups.push(() => new Promise((resolve) => server.close(resolve)))
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    lines: () => said.split('\r\n'),
  }
}

/** A port without a listener. */
async function unusedPort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}
