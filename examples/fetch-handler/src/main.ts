import { serve } from '@hono/node-server'
import { createApp } from './app.ts'
import { createServer } from './server.ts'

const app = createApp(createServer())
serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 3000) }, ({ port }) => {
  console.log(`http://localhost:${port}/xrpc/com.example.file.list`)
})
