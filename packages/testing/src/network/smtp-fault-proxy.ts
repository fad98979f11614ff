import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { SMTPServer } from 'smtp-server'

/**
 * Faults of a connection:
 *
 * - `pass`: none.
 * - `drop-before`: it breaks before the mail is accepted.
 * - `drop-after`: the mail is accepted; the connection breaks before the answer.
 * - `hang`: no answer ever comes.
 * - `refuse`: "421 try again later".
 * - `{ delay }`: like `pass`, with `delay` milliseconds before each answer.
 */
export type SmtpFault =
  | 'pass'
  | 'drop-before'
  | 'drop-after'
  | 'hang'
  | 'refuse'
  | { readonly delay: number }

/** A real SMTP server behind a proxy that injects faults. */
export interface FaultySmtpServer {
  readonly url: string
  /** Accepted mails as sent, oldest first. */
  readonly mails: readonly string[]
  /** Closes present connections and sets the fault of later ones. */
  fail(fault: SmtpFault): void
  close(): Promise<void>
}

export async function startFaultySmtpServer(): Promise<FaultySmtpServer> {
  const mails: string[] = []
  const smtp = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData: (stream, _session, done) => {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        mails.push(Buffer.concat(chunks).toString('utf8'))
        done()
      })
    },
  })
  const inner = smtp.listen(0, '127.0.0.1')
  if (!inner.listening) await once(inner, 'listening')
  const { port: smtpPort } = inner.address() as AddressInfo

  let fault: SmtpFault = 'pass'
  const open = new Set<Socket>()
  const proxy = createServer((client) => {
    open.add(client)
    client.on('close', () => open.delete(client))
    client.on('error', () => {})
    if (fault === 'hang') return
    if (fault === 'refuse') return void client.end('421 try again later\r\n')
    relay(client, connect(smtpPort, '127.0.0.1'), fault)
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  const { port } = proxy.address() as AddressInfo

  return {
    url: `smtp://127.0.0.1:${port}`,
    mails,
    fail: (next) => {
      fault = next
      for (const socket of open) socket.destroy()
    },
    close: async () => {
      for (const socket of open) socket.destroy()
      await new Promise((resolve) => proxy.close(resolve))
      await new Promise<void>((resolve) => smtp.close(() => resolve()))
    },
  }
}

function relay(client: Socket, server: Socket, fault: SmtpFault): void {
  const end = () => {
    client.destroy()
    server.destroy()
  }
  server.on('error', end).on('close', end)
  client.on('close', end)
  let tail = ''
  let isSent = false
  client.on('data', (bytes: Buffer) => {
    tail = (tail + bytes.toString('latin1')).slice(-5)
    isSent ||= tail === '\r\n.\r\n'
    // Withholds the end of the mail, without which the server does not accept it.
    if (isSent && fault === 'drop-before') return end()
    server.write(bytes)
  })
  server.on('data', (bytes: Buffer) => {
    if (isSent && fault === 'drop-after') return end()
    const pause = typeof fault === 'object' ? fault.delay : 0
    if (pause === 0) client.write(bytes)
    else setTimeout(() => client.destroyed || client.write(bytes), pause)
  })
}
