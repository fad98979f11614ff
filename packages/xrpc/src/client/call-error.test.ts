import { describe, expect, it, jest } from '@jest/globals'
import { CallError } from './call-error.ts'

class UnknownFeedError extends CallError<'UnknownFeed'> {
  static override readonly declared = 'com.example.getFeed#UnknownFeed'
}
class OtherUnknownFeedError extends CallError<'UnknownFeed'> {
  static override readonly declared = 'com.example.listFeeds#UnknownFeed'
}
class DerivedError extends UnknownFeedError {}

/** A second copy of the modules, like that of a second bundle on a page. */
async function otherCopy(): Promise<typeof UnknownFeedError> {
  jest.resetModules()
  const copy = await import('./call-error.ts')
  expect(copy.CallError).not.toBe(CallError)
  return class extends copy.CallError<'UnknownFeed'> {
    static override readonly declared = 'com.example.getFeed#UnknownFeed'
  } as unknown as typeof UnknownFeedError
}

describe('an error of a call', () => {
  it('has the name of its class, and the values given', () => {
    const headers = new Headers({ 'x-one': '1' })
    const cause = new Error('cause')
    const error = new UnknownFeedError({ status: 404, message: 'No such feed', headers, cause })
    expect(error).toMatchObject({ name: 'UnknownFeed', error: 'UnknownFeed', status: 404, headers })
    expect(error).toMatchObject({ message: 'No such feed', cause, success: false })
    expect(error.stack).toMatch(/^UnknownFeed: No such feed\n|^Error: No such feed\n/)
  })

  it('defaults to status 400, and to its name as message', () => {
    expect(new UnknownFeedError()).toMatchObject({ status: 400, message: 'UnknownFeed' })
    expect(new CallError()).toMatchObject({ status: 400, error: 'InvalidRequest' })
    expect('cause' in new CallError()).toBe(false)
  })

  it('is an instance of its class and of the base only', () => {
    const error = new UnknownFeedError()
    expect(error instanceof UnknownFeedError).toBe(true)
    expect(error instanceof CallError).toBe(true)
    expect(error instanceof Error).toBe(true)
    expect(error instanceof OtherUnknownFeedError).toBe(false)
    expect(error instanceof DerivedError).toBe(false)
    expect(new CallError({ error: 'UnknownFeed' }) instanceof UnknownFeedError).toBe(false)
    expect(new DerivedError() instanceof UnknownFeedError).toBe(true)
    for (const other of [undefined, null, 1, 'x', {}, new Error('x')]) {
      expect(other instanceof CallError).toBe(false)
      expect(other instanceof UnknownFeedError).toBe(false)
    }
  })

  it('is recognized from another copy of the module', async () => {
    const Other = await otherCopy()
    const error = new Other()
    expect(error instanceof UnknownFeedError).toBe(true)
    expect(error instanceof CallError).toBe(true)
    expect(error instanceof OtherUnknownFeedError).toBe(false)
    expect(error instanceof DerivedError).toBe(false)
    expect(new UnknownFeedError() instanceof Other).toBe(true)
    expect(new CallError() instanceof Other).toBe(false)
  })
})
