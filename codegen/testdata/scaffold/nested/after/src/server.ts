import { createServer, implement } from '../generated/index.ts'
import { list as listHandler } from './handlers/list.ts'
import { getFeed } from './feed.ts'
import { list as listHandler2 } from './handlers/list2.ts'

const list = [1, 2]
const handlers = {
  feed: { get: getFeed, list: listHandler2 },
  list: listHandler,
} satisfies object

export const server = createServer()
implement(server.com.example, handlers)
