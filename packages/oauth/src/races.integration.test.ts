import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type Kysely, sql } from 'kysely'
import { createTestApp, type TestApp, type Tokens } from './testing/app.ts'
import { createTestBrowser } from './testing/browser.ts'
import { PASSWORD } from './testing/service.ts'
import { openTwoProcesses, type Processes } from './testing/two-processes.ts'

const GET_SESSION = 'com.atproto.server.getSession'
const hash = (token: string) => createHash('sha256').update(token).digest('base64url')

describe('two processes', () => {
  let processes: Processes
  let db: Kysely<unknown>
  let app: TestApp
  const account = { username: 'alice.test', password: PASSWORD }
  beforeAll(async () => {
    processes = await openTwoProcesses({
      // Long enough for a slow machine.
      oauth: { refreshGrace: { concurrent: 60, lost: 900 } },
    })
    db = processes.db
    app = await createTestApp(processes.service.origin)
    await processes.service.create('alice')
  })
  afterAll(() => processes.close())

  const at = (n: number) => processes.service.urls[n % 2] ?? ''
  const age = (seconds: number) =>
    sql`update lexwright_account.oauth_used_refresh_token
      set used_at = used_at - ${seconds} * interval '1 second'`.execute(db)
  const refreshAtOnce = (token: string, count: number) =>
    Promise.all(Array.from({ length: count }, (_, n) => app.refresh(token, { at: at(n) })))
  const isStored = async ({ refresh_token: token }: Pick<Tokens, 'refresh_token'>) => {
    const { rows } = await sql`select from lexwright_account.oauth_token
      where refresh_hash = ${hash(token)} union all
      select from lexwright_account.oauth_used_refresh_token where hash = ${hash(token)}`.execute(
      db,
    )
    return rows.length === 1
  }

  it('give a session to one of 50 exchanges of a code, and end it on a replay', async () => {
    const authorization = await app.pushRequest()
    const code = await app.signIn(authorization, account)
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => app.exchange(authorization, code)),
    )
    const sessions = answers.filter(({ status }) => status === 200)
    expect(sessions.length).toBeLessThanOrEqual(1)
    for (const { status, body } of answers) {
      if (status !== 200) expect([status, body.error]).toEqual([400, 'invalid_grant'])
    }
    // Each of the others was a replay.
    for (const { body } of sessions) expect((await app.call(GET_SESSION, body)).status).toBe(401)
  })

  it('let a late replay of a code end its session, and the sign-in of its browser', async () => {
    const authorization = await app.pushRequest()
    const browser = createTestBrowser(processes.service.origin)
    const code = await app.signIn(authorization, { ...account, remember: true }, browser)
    const { body } = await app.exchange(authorization, code)
    expect((await app.call(GET_SESSION, body)).status).toBe(200)
    expect((await app.exchange(authorization, code)).body.error).toBe('invalid_grant')
    expect((await app.call(GET_SESSION, body)).status).toBe(401)
    expect((await app.refresh(body.refresh_token)).body.error).toBe('invalid_grant')
    expect((await browser.call('/device-sessions')).body).toEqual([])
  })

  it('let one of 50 refreshes with a token succeed, and keep the session', async () => {
    const first = await app.logIn(account)
    const answers = await refreshAtOnce(first.refresh_token, 50)
    const [next, ...others] = answers.filter(({ status }) => status === 200)
    expect(others).toEqual([])
    const refusals = answers.filter(({ status }) => status !== 200)
    expect(new Set(refusals.map(({ body }) => body.error))).toEqual(new Set(['invalid_grant']))
    if (next === undefined) throw new Error('None succeeded')
    expect((await app.call(GET_SESSION, next.body)).status).toBe(200)
    expect(await isStored(first)).toBe(true)
    expect(await isStored(next.body)).toBe(true)
    expect((await app.refresh(next.body.refresh_token)).status).toBe(200)
  })

  it('keep 4 sessions, each refreshed by 8 clients at once, five times', async () => {
    for (let round = 0; round < 4; round++) {
      let { refresh_token: token } = await app.logIn(account)
      for (let step = 0; step < 5; step++) {
        const done = (await refreshAtOnce(token, 8)).filter(({ status }) => status === 200)
        expect(done).toHaveLength(1)
        token = done[0]?.body.refresh_token ?? ''
        expect(await isStored({ refresh_token: token })).toBe(true)
      }
    }
  })

  it('repeat a lost answer for a while, and treat a later use as theft', async () => {
    const first = await app.logIn(account)
    await app.refresh(first.refresh_token, { at: at(1) })
    await age(150)
    const again = await refreshAtOnce(first.refresh_token, 8)
    const [next, ...others] = again.filter(({ status }) => status === 200)
    expect(others).toEqual([])
    if (next === undefined) throw new Error('None succeeded')
    expect((await app.call(GET_SESSION, next.body)).status).toBe(200)
    await age(930)
    expect((await app.refresh(first.refresh_token)).body.error).toBe('invalid_grant')
    expect((await app.call(GET_SESSION, next.body)).status).toBe(401)
    expect((await app.refresh(next.body.refresh_token)).body.error).toBe('invalid_grant')
    const { rows } = await sql`select from lexwright_account.audit_log
      where event = 'app.reuse-detected'`.execute(db)
    expect(rows).toHaveLength(1)
  })
})
