/**
 * Checks that memory stays flat while subscribers come and go: many subscribe to a log of events, read some and leave,
 * half of them properly, the others by breaking the connection. Fails if the heap grows or a subscriber leaks.
 *
 *     node --conditions=@lexwright/source scripts/checks/subscribers.ts [subscribers]
 */

import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { EventLog, XrpcService } from '@lexwright/xrpc'
import { CompiledLexicons } from '@lexwright/xrpc/codegenv1'

const total = Number(process.argv[2] ?? 100_000)
const AT_ONCE = 50
/** Bytes per departed subscriber; less than the smallest object that could leak. */
const MAX_GROWTH = 24

interface Tick {
  readonly $type: 'com.example.watch#tick'
  readonly seq: number
}

const nothing = () => []
const lexicons = new CompiledLexicons(
  [
    {
      lexicon: 1,
      id: 'com.example.watch',
      defs: {
        main: {
          type: 'subscription',
          parameters: { type: 'params', properties: { cursor: { type: 'integer' } } },
          message: { schema: { type: 'union', refs: ['#tick'] } },
        },
        tick: { type: 'object', properties: { seq: { type: 'integer' } } },
      },
    },
  ],
  {
    ...{ params: nothing, input: nothing, output: nothing },
    ...{ message: nothing, records: nothing, definitions: nothing },
  },
)
const ticks: Tick[] = []
const add = (): void => void ticks.push({ $type: 'com.example.watch#tick', seq: ticks.length + 1 })
for (let n = 0; n < 20; n++) add()
const log = new EventLog<Tick>({
  cursorOf: ({ seq }) => seq,
  read: async (after, limit) => ticks.slice(after, after + limit),
  latest: async () => ticks.length,
})
const service = new XrpcService(lexicons)
let open = 0
service.streamMethod('com.example.watch', async function* ({ params, signal }) {
  open++
  try {
    yield* log.subscribe(params.cursor, signal)
  } finally {
    open--
  }
})
const running = await service.listen({ host: '127.0.0.1' })

const CLOSE_FRAME = Buffer.from([0x88, 0x80, 0, 0, 0, 0])

/** Bare sockets: a WebSocket client would take most of the time. */
async function comeAndGo(n: number): Promise<void> {
  // A port is blocked for a minute after use; many addresses provide enough of them.
  const localAddress = `127.0.${1 + (n % 16)}.${1 + (n % 250)}`
  const socket = connect({ port: running.port, host: '127.0.0.1', localAddress })
  socket.write(
    `GET /xrpc/com.example.watch?cursor=${n % 20} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n` +
      'Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: c3Vic2NyaWJlcnMgY29tZQ==\r\n\r\n',
  )
  // The handshake, and the first message.
  let received = Buffer.alloc(0)
  while (received.indexOf('\r\n\r\n') + 4 >= received.length) {
    const [chunk] = await once(socket, 'data')
    received = Buffer.concat([received, chunk])
  }
  const closed = once(socket, 'close')
  if (n % 2 === 0) socket.write(CLOSE_FRAME)
  else socket.destroy()
  await closed
}

async function comeAndGoAll(from: number, to: number): Promise<void> {
  let next = from
  const work = async (): Promise<void> => {
    while (next < to) await comeAndGo(next++)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  while (open > 0) await delay(10)
}

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void
async function heapInUse(): Promise<number> {
  for (let n = 0; n < 4; n++) {
    await delay(50)
    collect()
  }
  return process.memoryUsage().heapUsed
}

const warmUp = Math.ceil(total / 10)
await comeAndGoAll(0, warmUp)
const before = await heapInUse()
for (let done = warmUp; done < total; ) {
  const to = Math.min(total, done + warmUp)
  await comeAndGoAll(done, to)
  done = to
  const mebibytes = ((await heapInUse()) / 1_048_576).toFixed(1)
  console.log(`${String(done).padStart(7)} have left, ${mebibytes} MiB in use`)
}
const growth = ((await heapInUse()) - before) / (total - warmUp)
const clients = service.xrpc.subscriptions.get('com.example.watch')?.wss.clients.size
const isFlat = growth <= MAX_GROWTH && clients === 0
console.log(`${isFlat ? 'flat' : 'GROWS'}: ${growth.toFixed(1)} bytes for each, ${clients} stay`)
await running.close(0)
process.exitCode = isFlat ? 0 : 1
