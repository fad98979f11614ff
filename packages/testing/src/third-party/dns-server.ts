import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { decode, encode } from 'dns-packet'

/** A name server with the given TXT records; every other name is NXDOMAIN. */
export interface DnsServer {
  /** `127.0.0.1:5353`, in the form of `dns.setServers`. */
  readonly address: string
  /** TXT records by name; may change while it runs. */
  readonly texts: Map<string, readonly string[]>
  close(): Promise<void>
}

export async function startDnsServer(): Promise<DnsServer> {
  const texts = new Map<string, readonly string[]>()
  const socket = createSocket('udp4')
  socket.on('message', (message, { port, address }) => {
    const { id, questions = [] } = decode(message)
    const [question] = questions
    const found = question?.type === 'TXT' ? texts.get(question.name.toLowerCase()) : undefined
    const answer = encode({
      type: 'response',
      id: id ?? 0,
      // Authoritative; NXDOMAIN for unknown names.
      flags: 0x0400 | (found === undefined ? 3 : 0),
      questions,
      answers: (found ?? []).map((data) => ({ type: 'TXT', name: question?.name ?? '', data })),
    })
    socket.send(answer, port, address)
  })
  await once(socket.bind(0, '127.0.0.1'), 'listening')
  return {
    address: `127.0.0.1:${socket.address().port}`,
    texts,
    close: async () => {
      socket.close()
      await once(socket, 'close')
    },
  }
}
