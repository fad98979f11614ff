import { createServer, implement } from '../generated/index.ts'
import { handlers, others } from './others.ts'

const server = createServer()
const net = server.net.example
implement(server.com.example, { ...others })
implement(server.org.example, handlers)
implement(net, {})
