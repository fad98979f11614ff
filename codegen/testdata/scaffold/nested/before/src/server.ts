import { createServer, implement } from '../generated/index.ts'

const list = [1, 2]
const handlers = {
  feed: {},
} satisfies object

export const server = createServer()
implement(server.com.example, handlers)
