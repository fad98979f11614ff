import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A process that runs one peer: `serve.ts <peer> [host]`. It reports its address, and its usage on request. */
const [peer = '', host = ''] = process.argv.slice(2)
const { start }: { start(host: string): Server } = await import(`./peers/${peer}.ts`)

process.on('message', () => {
  const { user, system } = process.cpuUsage()
  process.send?.({ cpu: user + system, rss: process.memoryUsage.rss() })
})
// The parent has ended.
process.on('disconnect', () => process.exit())

const server = start(host)
server.listen(0, '127.0.0.1', () => {
  process.send?.({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })
})
