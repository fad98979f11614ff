import { createServer } from '@lexwright/generated'

/**
 * A program for Bun and Deno: serves a generated server's `createFetchHandler()` on a free port and
 * prints the port.
 */
interface Runtime {
  readonly Bun?: {
    serve(options: { port: number; fetch: Handler }): { readonly port: number }
  }
  readonly Deno?: {
    serve(
      options: { port: number; onListen(address: { port: number }): void },
      fetch: Handler,
    ): void
  }
}
type Handler = (request: Request) => Promise<Response>

const server = createServer()
server.com.atproto.handle.resolve(({ params: { handle } }) => {
  if (handle === 'broken.test') throw new Error('a secret of the handler')
  return { encoding: 'application/json', body: { did: `did:web:${handle ?? 'localhost'}` } }
})
server.com.atproto.account.create(({ input: { body } }) => ({
  encoding: 'application/json',
  body: { accessJwt: 'a', refreshJwt: 'r', handle: body.handle, did: 'did:web:localhost' },
}))

const fetch: Handler = server.createFetchHandler()
const { Bun, Deno } = globalThis as Runtime
if (Bun) console.log(Bun.serve({ port: 0, fetch }).port)
Deno?.serve({ port: 0, onListen: ({ port }) => console.log(port) }, fetch)
