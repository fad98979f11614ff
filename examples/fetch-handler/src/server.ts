import { buffer } from 'node:stream/consumers'
import { createServer as createXrpcServer, implement, type Server } from '../generated/index.ts'
import { FileNotFoundError } from '../generated/types/com/example/file/get.ts'
import { NameTakenError } from '../generated/types/com/example/file/put.ts'

interface File {
  readonly encoding: string
  readonly bytes: Buffer
}

/** The service, independent of whether calls arrive over a socket or as a `Request`. */
export function createServer(): Server {
  const files = new Map<string, File>()
  const server = createXrpcServer()
  implement(server.com.example.file, {
    list: async ({ params: { prefix, limit } }) => {
      const names = [...files.keys()].filter((name) => name.startsWith(prefix)).slice(0, limit)
      return { encoding: 'application/json', body: { names } }
    },
    put: async ({ params: { name }, input }) => {
      if (files.has(name)) throw new NameTakenError(`${name} already exists`)
      const bytes = await buffer(input.body)
      files.set(name, { encoding: input.encoding, bytes })
      return { encoding: 'application/json', body: { size: bytes.length } }
    },
    get: async ({ params: { name } }) => {
      const file = files.get(name)
      if (!file) throw new FileNotFoundError(`There is no ${name}`)
      return { encoding: file.encoding, body: file.bytes }
    },
  })
  return server
}
