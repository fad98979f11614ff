import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { connect, createServer, type Server } from 'node:net'
import { SMTPServer } from 'smtp-server'

/** A real SMTP server that records its traffic. */
export interface SmtpRecorder {
  readonly url: string
  /** The bytes sent by clients, commands and mails. */
  readonly wire: () => string
  close(): Promise<void>
}

/** Accepts every mail and records only the bytes. */
export async function openSmtpRecorder(): Promise<SmtpRecorder> {
  const smtp = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData: (stream, _session, done) => {
      stream.resume()
      stream.on('end', () => done())
    },
  })
  const smtpPort = await listening(smtp.listen(0, '127.0.0.1'))
  let wire = ''
  const tap = createServer((client) => {
    const upstream = connect(smtpPort, '127.0.0.1')
    client.on('data', (bytes: Buffer) => {
      wire += bytes.toString('latin1')
    })
    client.pipe(upstream).pipe(client)
    for (const socket of [client, upstream]) socket.on('error', () => upstream.destroy())
  })
  const port = await listening(tap.listen(0, '127.0.0.1'))
  return {
    url: `smtp://127.0.0.1:${port}`,
    wire: () => wire,
    close: async () => {
      tap.close()
      await new Promise<void>((resolve) => smtp.close(() => resolve()))
    },
  }
}

async function listening(server: Server): Promise<number> {
  if (!server.listening) await once(server, 'listening')
  return (server.address() as AddressInfo).port
}
