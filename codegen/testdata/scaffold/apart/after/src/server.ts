import { createServer, implement } from '../generated/index.ts'
import * as feed from './feed.ts'
import * as mail from './mail.ts'

export const server = createServer()
implement(server.com.example, { feed, mail })
