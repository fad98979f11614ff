import { IncomingMessage, ServerResponse } from 'node:http'
import { createRequire } from 'node:module'
import { Socket } from 'node:net'
import { Server } from '@atproto/xrpc-server'
import { expect, it } from '@jest/globals'
import { documents } from '../../testing/documents.ts'
import {
  hasOwnJsonForm,
  type Layer,
  layersOf,
  middlewareOf,
  prototypesOf,
  takes,
} from './express-internals.ts'
import { expressMessages } from './express-messages.ts'

const fromXrpcServer = createRequire(import.meta.resolve('@atproto/xrpc-server'))

it('matches the Express that @atproto/xrpc-server depends on', () => {
  expect(fromXrpcServer('express/package.json').version).toMatch(/^4\.22\./)
  const xrpc = new Server(structuredClone([...documents]))
  xrpc.method('io.example.params', () => undefined)

  const { request, response } = prototypesOf(xrpc.router)
  expect(request).toHaveProperty('get')
  expect(response).toHaveProperty('json')

  const readQuery = middlewareOf<(req: object, res: object, next: () => void) => void>(
    xrpc.router,
    ({ name }) => name === 'query',
  )
  const probe = { url: '/?a=1' }
  readQuery(probe, {}, () => {})
  expect(probe).toMatchObject({ query: { a: '1' } })
  expect(middlewareOf(xrpc.router, ({ length }) => length === 4)).toBeInstanceOf(Function)
  expect(() => middlewareOf(xrpc.router, () => false)).toThrow('not supported')

  const path = '/xrpc/io.example.params'
  const taken = (verb: string) => layersOf(xrpc.routes).some((layer) => takes(layer, path, verb))
  expect([taken('GET'), taken('POST')]).toEqual([true, false])

  expect(hasOwnJsonForm(xrpc.router)).toBe(false)
  xrpc.router.set('json spaces', 2)
  expect(hasOwnJsonForm(xrpc.router)).toBe(true)
})

it('recognises Express after a bundler has renamed it', () => {
  const xrpc = new Server(structuredClone([...documents]))
  for (const { handle } of (xrpc.router as unknown as { _router: { stack: Layer[] } })._router
    .stack) {
    Object.defineProperty(handle, 'name', { value: 'x' })
  }
  const { shape } = expressMessages(xrpc.router)
  const request = Object.assign(new IncomingMessage(new Socket()), { url: '/?a=1' })
  const { req } = shape(request, new ServerResponse(request))
  expect(req.query).toEqual({ a: '1' })
})
