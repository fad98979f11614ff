import { createServer } from './server.ts'

// `listen` serves calls on the fast lane, subscriptions included.
const running = await createServer().listen({ port: Number(process.env.PORT ?? 3000) })
console.log(`http://localhost:${running.port}/xrpc/com.example.board.list`)

// Calls under way are finished, subscribers are told to go.
process.once('SIGTERM', () => running.close())
