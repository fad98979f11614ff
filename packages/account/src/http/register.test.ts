import { describe, expect, it } from '@jest/globals'
import { createServer, type Server } from '@lexwright/generated'
import { resolvePolicy } from '../policy.ts'
import { createEraHandlers } from './era-handlers.ts'
import { eraMethods, type ServerWith, todaysMethods } from './methods.ts'
import { registerMethods } from './register.ts'
import { createTodaysHandlers } from './todays-handlers.ts'

const policy = resolvePolicy({
  serviceDid: 'did:web:pds.test',
  publicUrl: 'https://pds.test',
  handleDomains: ['.test'],
})
const shared = { service: {} as never, auth: {} as never, callerOf: () => 'unlimited' as const }
const era = createEraHandlers({ ...shared, submitReset: async () => {}, policy })
const today = createTodaysHandlers({
  ...shared,
  operatorAuth: {} as never,
  apps: { admit: undefined, findHost: undefined },
  operator: {} as never,
  submitReset: async () => {},
  policy,
})

/** NSIDs of handlers by namespace. */
const namesOf = (generation: object): readonly string[] =>
  Object.entries(generation)
    .flatMap(([namespace, handlers]) =>
      Object.keys(handlers).map((name) => `com.atproto.${namespace}.${name}`),
    )
    .toSorted()

describe('the methods of a generation', () => {
  it('are those with a handler, each in one generation', () => {
    expect(eraMethods.toSorted()).toEqual(namesOf(era))
    expect(todaysMethods.toSorted()).toEqual(namesOf(today))
    expect(
      todaysMethods.filter((each) => (eraMethods as readonly string[]).includes(each)),
    ).toEqual([])
  })

  it('are the only ones registered, by name', () => {
    const registered: unknown[] = []
    const account = { get: (handler: unknown) => registered.push(handler) }
    const server = {
      com: { atproto: { account } },
    } as unknown as ServerWith<'com.atproto.account.get'>
    registerMethods(server, ['com.atproto.account.get'], [era, today])
    expect(registered).toEqual([era.account.get])
    expect(() =>
      registerMethods(
        server as never,
        ['com.atproto.account.get', 'com.atproto.account.create'],
        [era],
      ),
    ).toThrow('The server has no method com.atproto.account.create')
    expect(() => registerMethods(server, ['com.atproto.account.get'], [today])).toThrow(
      'The module has no method com.atproto.account.get',
    )
    expect(registered).toHaveLength(1)
  })

  it('are the only ones required of the type of a server', () => {
    const whole: ServerWith<(typeof eraMethods)[number] | (typeof todaysMethods)[number]> =
      createServer()
    type Part = { readonly com: { readonly atproto: Pick<Server['com']['atproto'], 'session'> } }
    const part: Part = createServer()
    const some: ServerWith<'com.atproto.session.get' | 'com.atproto.session.create'> = part
    // @ts-expect-error Property 'account' is missing
    const other: ServerWith<'com.atproto.account.get'> = part
    expect([whole, some, other]).toHaveLength(3)
  })
})
