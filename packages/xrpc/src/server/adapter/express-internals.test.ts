import { createRequire } from 'node:module'
import { Server } from '@atproto/xrpc-server'
import { expect, it } from '@jest/globals'
import { documents } from '../../testing/documents.ts'
import { hasOwnJsonForm, layersOf, middlewareOf, prototypesOf, takes } from './express-internals.ts'

const fromXrpcServer = createRequire(import.meta.resolve('@atproto/xrpc-server'))

it('knows the Express that @atproto/xrpc-server brings', () => {
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
  expect(() => middlewareOf(xrpc.router, () => false)).toThrow('not known')

  const path = '/xrpc/io.example.params'
  const taken = (verb: string) => layersOf(xrpc.routes).some((layer) => takes(layer, path, verb))
  expect([taken('GET'), taken('POST')]).toEqual([true, false])

  expect(hasOwnJsonForm(xrpc.router)).toBe(false)
  xrpc.router.set('json spaces', 2)
  expect(hasOwnJsonForm(xrpc.router)).toBe(true)
})
