import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A process that runs one peer: `serve.ts <module> <export>`. It reports its port, and its usage on request. */
const [module = '', name = 'start'] = process.argv.slice(2)
const peer: Record<string, () => Promise<Server>> = await import(`./peers/${module}.ts`)
const start = peer[name]
if (!start) throw new Error(`There is no peer ${module} ${name}`)

process.on('message', () => {
  const { user, system } = process.cpuUsage()
  process.send?.({ cpu: user + system, rss: process.memoryUsage.rss() })
})
// The parent has ended.
process.on('disconnect', () => process.exit())

const server = await start()
server.listen(0, () => {
  process.send?.({ address: String((server.address() as AddressInfo).port) })
})
