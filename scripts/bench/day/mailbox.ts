import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { SMTPServer } from 'smtp-server'

/** A mail server that returns the codes in received mails. */
export interface Mailbox {
  readonly url: string
  /** Waits for the next mail with a code to an address. */
  codeFor(address: string): Promise<string>
  close(): Promise<void>
}

const CODE = /^ +(?<code>[a-z2-7]{5}-[a-z2-7]{5})\r?$/m

export async function openMailbox(): Promise<Mailbox> {
  const waiting = new Map<string, (code: string) => void>()
  const smtp = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData: (stream, { envelope }, done) => {
      text(stream).then((mail) => {
        const code = CODE.exec(mail)?.groups?.code
        for (const { address } of envelope.rcptTo) {
          if (code !== undefined) waiting.get(address)?.(code)
        }
        done()
      }, done)
    },
  })
  const server = smtp.listen(0, '127.0.0.1')
  if (!server.listening) await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `smtp://127.0.0.1:${port}`,
    codeFor: (address) =>
      new Promise((resolve) => {
        waiting.set(address, (code) => {
          waiting.delete(address)
          resolve(code)
        })
      }),
    close: () => new Promise((resolve) => smtp.close(() => resolve())),
  }
}
