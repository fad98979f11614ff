import { Server as XrpcServer } from '@atproto/xrpc-server'
import { describe, expect, it } from '@jest/globals'
import { documents } from '../../testing/documents.ts'
import { registerMethod } from './xrpc-adapter.ts'

const nsid = 'io.example.bare'

describe('registerMethod', () => {
  it('keeps the steps of each method, and adds nothing to the server', () => {
    const xrpc = new XrpcServer(structuredClone([...documents]))
    const own = Object.keys(xrpc)
    const auth = (): { credentials: string } => ({ credentials: 'a' })
    const first = registerMethod(xrpc, nsid, { auth, handler: () => undefined })
    const second = registerMethod(xrpc, 'io.example.nothing', () => undefined)
    expect(first?.authenticate).toBeInstanceOf(Function)
    expect(second?.authenticate).toBeNull()
    expect(Object.keys(xrpc)).toEqual(own)
  })

  it('keeps overrides of a server subclass', () => {
    let made = 0
    class Counting extends XrpcServer {
      protected override createHandlerInternal(
        ...steps: unknown[]
      ): ReturnType<XrpcServer['createHandler']> {
        made++
        return Reflect.apply(super.createHandlerInternal, this, steps)
      }
    }
    const steps = registerMethod(new Counting(structuredClone([...documents])), nsid, () => {})
    expect(steps?.handle).toBeInstanceOf(Function)
    expect(made).toBe(1)
  })
})
