import { createServer } from './server.ts'

// `listen` serves calls on the fast lane, and subscriptions.
const running = await createServer().listen({ port: Number(process.env.PORT ?? 3000) })
console.log(`http://localhost:${running.port}/xrpc/com.example.board.list`)

// Finishes calls under way, and disconnects subscribers.
process.once('SIGTERM', () => running.close())
