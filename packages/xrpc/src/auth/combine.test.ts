import {
  type Auth,
  AuthRequiredError,
  type ErrorResult,
  ForbiddenError,
  type Input,
  InvalidRequestError,
  type MethodConfigOrHandler,
  type Output,
  type Params,
} from '@atproto/xrpc-server'
import { describe, expect, it } from '@jest/globals'
import type { XrpcService } from '../server/xrpc-service.ts'
import { documents } from '../testing/documents.ts'
import { serviceOf } from '../testing/pair.ts'
import { request } from '../testing.ts'
import { anyOf, optional } from './combine.ts'

interface Context {
  readonly req: { readonly headers: { readonly authorization?: string | undefined } }
}
interface User {
  readonly credentials: { readonly user: string }
}
interface Machine {
  readonly credentials: { readonly machine: number }
}

const user = ({ req: { headers } }: Context): User => {
  if (headers.authorization === undefined) throw new AuthRequiredError('No token', 'AuthMissing')
  if (headers.authorization !== 'user') throw new InvalidRequestError('No user', 'InvalidToken')
  return { credentials: { user: 'ada' } }
}
const machine = async ({ req: { headers } }: Context): Promise<Machine | ErrorResult> =>
  headers.authorization === 'machine'
    ? { credentials: { machine: 5 } }
    : { status: 401, error: 'BadJwt', message: 'No machine' }

function ask(authorization?: string): Context {
  return { req: { headers: authorization === undefined ? {} : { authorization } } }
}

function refusing(error: unknown): (context: Context) => User {
  return () => {
    throw error
  }
}

/** Registers as generated code does: the verifier determines the handler's `auth` type. */
function register<A extends Auth = void>(
  server: XrpcService,
  config: MethodConfigOrHandler<A, Params, Input, Output>,
): void {
  server.method('io.example.params', config)
}

describe('optional', () => {
  it('admits a call without credentials', async () => {
    const result = await optional(user)(ask())
    const named: string | undefined = result.credentials?.user
    // @ts-expect-error there may be none
    const always: object = result.credentials
    expect(always).toBeNull()
    expect([result, named]).toEqual([{ credentials: null }, undefined])
  })

  it('admits good credentials and refuses bad ones', async () => {
    expect(await optional(user)(ask('user'))).toEqual({ credentials: { user: 'ada' } })
    await expect(optional(user)(ask('other'))).rejects.toThrow('No user')
    await expect(optional(machine)(ask('other'))).rejects.toThrow('No machine')
  })

  it('uses isAnonymous to find credentials', async () => {
    const always = optional(user, () => true)
    expect(await always(ask('other'))).toEqual({ credentials: null })
  })
})

describe('anyOf', () => {
  it('returns the credentials of the first verifier that admits the call, typed as a union', async () => {
    const both = anyOf(user, machine)
    const { credentials } = await both(ask('machine'))
    const known: { user: string } | { machine: number } = credentials
    // @ts-expect-error it may be a machine
    const always: { user: string } = credentials
    expect([known, always]).toEqual([{ machine: 5 }, { machine: 5 }])
    expect(await both(ask('user'))).toEqual({ credentials: { user: 'ada' } })
  })

  it('can be optional', async () => {
    const { credentials } = await optional(anyOf(user, machine))(ask())
    const known: { user: string } | { machine: number } | null = credentials
    expect(known).toBeNull()
  })

  it('stops at the first verifier that admits the call', async () => {
    expect(await anyOf(user, refusing(new Error('asked')))(ask('user'))).toMatchObject({})
  })

  const missing = new AuthRequiredError('missing', 'MissingJwt')
  const unknown = new InvalidRequestError('unknown', 'InvalidToken')
  const expired = new InvalidRequestError('expired', 'ExpiredToken')
  const forbidden = new ForbiddenError('forbidden', 'Forbidden')
  const broken = new Error('the database has gone')
  it.each([
    ['the first of those that do not know the credentials', [missing, unknown], missing],
    ['one that knows them', [unknown, expired, missing], expired],
    ['the first that knows them', [unknown, forbidden, expired], forbidden],
    ['one that has failed itself', [expired, broken, missing], broken],
    ['one that has thrown nothing', [expired, undefined, broken], undefined],
  ])('fails with the error of %s', async (_, errors, expected) => {
    const [first, ...others] = errors.map(refusing)
    if (!first) throw new Error('There is none')
    await expect(anyOf(first, ...others)(ask())).rejects.toBe(expected)
  })
})

describe('both, as the auth of a method', () => {
  it('behave alike on the lane and on the stock server', async () => {
    const server = serviceOf(documents)
    const auth = optional(anyOf(user, machine))
    register(server, {
      auth,
      handler: ({ auth: { credentials } }) => {
        const known: { user: string } | { machine: number } | null = credentials
        return { encoding: 'application/json', body: { seen: JSON.stringify(known) } }
      },
    })
    const seen = async (headers: Record<string, string>): Promise<unknown> => {
      const { status, body } = await request(server, 'io.example.params', { headers })
      return status === 200 ? (body as { seen: string }).seen : body
    }
    for (const headers of [{}, { 'if-none-match': '"x"' }]) {
      expect(await seen(headers)).toBe('null')
      expect(await seen({ ...headers, authorization: 'machine' })).toBe('{"machine":5}')
      expect(await seen({ ...headers, authorization: 'other' })).toEqual({
        error: 'InvalidToken',
        message: 'No user',
      })
    }
  })
})
