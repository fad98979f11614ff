import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import {
  openTodaysService,
  TEST_PASSWORD as password,
  type TodaysService,
} from '@lexwright/testing/accounts/todays-service'
import { AtcuteSession, LexSession } from '@lexwright/testing/third-party/password-sessions'

const ACCESS_SECONDS = 2 * 60 * 60 + 31
const GET_SESSION = '/xrpc/com.atproto.server.getSession'

describe('clients of today, unmodified', () => {
  let service: TodaysService
  beforeAll(async () => {
    service = await openTodaysService()
  })
  afterAll(() => service.close())

  it('@atproto/lex-password-session signs up, refreshes, shares a login and logs out', async () => {
    const { url } = service.harness
    const events: string[] = []
    const options = {
      onUpdated: () => void events.push('updated'),
      onDeleted: () => void events.push('deleted'),
    }
    const handle = 'lex.test'
    const session = await LexSession.createAccount(
      { handle, email: 'lex@example.com', password },
      { service: url, ...options },
    )
    const show = async (each: LexSession) => {
      const response = await each.fetchHandler(GET_SESSION, { method: 'GET' })
      return [response.status, ((await response.json()) as { handle: string }).handle]
    }
    expect(await show(session)).toEqual([200, handle])
    const stored = session.session
    service.harness.clock.advance(ACCESS_SECONDS)
    const tab = await LexSession.resume(stored, options)
    expect(await show(session)).toEqual([200, handle])
    expect(await show(tab)).toEqual([200, handle])
    expect(tab.session.refreshJwt).toBe(session.session.refreshJwt)

    events.length = 0
    await service.harness.accounts.operator.endSessions(handle)
    const response = await session.fetchHandler(GET_SESSION, { method: 'GET' })
    expect([response.status, session.destroyed, events]).toEqual([400, true, ['deleted']])
    const again = await LexSession.login({ service: url, identifier: handle, password })
    await again.logout()
    expect(again.destroyed).toBe(true)
  })

  it('@atcute/password-session logs in, refreshes, and knows when it is over', async () => {
    const { url } = service.harness
    const { did } = await service.signUp('atcute')
    const events: string[] = []
    const options = {
      onUpdate: () => void events.push('updated'),
      onDelete: () => void events.push('deleted'),
    }
    const credentials = { service: url, identifier: 'atcute.test', password }
    const session = await AtcuteSession.login(credentials, options)
    expect(session.session).toMatchObject({ did, active: true, emailConfirmed: false })
    expect(session.dispatchUrl.replace(/\/$/, '')).toBe(url)
    const show = async () => (await session.handle(GET_SESSION, { method: 'GET' })).status
    expect(await show()).toBe(200)
    events.length = 0
    service.harness.clock.advance(ACCESS_SECONDS)
    expect(await show()).toBe(200)
    expect(events).toEqual(['updated'])
    expect(session.dispatchUrl.replace(/\/$/, '')).toBe(url)

    await service.harness.accounts.service.deactivateAccount({ did })
    service.harness.clock.advance(ACCESS_SECONDS)
    expect(await show()).toBe(200)
    expect(session.session).toMatchObject({ active: false, inactiveStatus: 'deactivated' })

    await service.harness.accounts.operator.endSessions(did)
    await show()
    expect([session.destroyed, events.at(-1)]).toEqual([true, 'deleted'])
    await expect(AtcuteSession.login({ ...credentials, password: 'wrong' })).rejects.toMatchObject({
      status: 401,
    })
  })
})
