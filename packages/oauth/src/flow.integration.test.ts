import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import {
  openAccountDatabase,
  type TestDatabase,
} from '@lexwright/testing/accounts/account-databases'
import { createTestApp, type TestApp } from './testing/app.ts'
import { type OAuthService, openOAuthService, PASSWORD } from './testing/service.ts'

const GET_SESSION = 'com.atproto.server.getSession'

describe('an app', () => {
  let database: TestDatabase
  let service: OAuthService
  let app: TestApp
  let did: string
  beforeAll(async () => {
    database = await openAccountDatabase()
    service = await openOAuthService({ db: () => database.db })
    app = await createTestApp(service.origin)
    did = await service.create('alice')
  })
  afterAll(async () => {
    await service.close()
    await database.close()
  })

  it('logs in, calls, refreshes and logs out', async () => {
    const first = await app.logIn({ username: 'alice.test', password: PASSWORD })
    expect(first).toMatchObject({
      token_type: 'DPoP',
      sub: did,
      scope: 'atproto transition:generic',
    })
    expect((await app.call(GET_SESSION, first)).body).toMatchObject({
      type: 'app',
      did,
      scope: 'atproto transition:generic',
    })
    const refreshed = await app.refresh(first.refresh_token)
    expect(refreshed.status).toBe(200)
    const stale = await app.call(GET_SESSION, first)
    expect(stale.status).toBe(401)
    expect(stale.headers.get('www-authenticate')).toMatch(/^DPoP .*error="invalid_token"/)
    expect((await app.call(GET_SESSION, refreshed.body)).status).toBe(200)
    expect((await app.revoke(refreshed.body.refresh_token)).status).toBe(200)
    expect((await app.call(GET_SESSION, refreshed.body)).status).toBe(401)
  })
})
