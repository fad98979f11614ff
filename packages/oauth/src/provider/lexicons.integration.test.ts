import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import {
  openAccountDatabase,
  type TestDatabase,
} from '@lexwright/testing/accounts/account-databases'
import { sql } from 'kysely'
import { createTestApp, type TestApp } from '../testing/app.ts'
import { type OAuthService, openOAuthService, PASSWORD } from '../testing/service.ts'

const NSID = 'com.example.basics'
const SCOPE = `atproto include:${NSID}`

describe('a permission set', () => {
  let database: TestDatabase
  let service: OAuthService
  let app: TestApp
  /** The published collections; undefined while their host is down. */
  let collections: readonly string[] | undefined = ['com.example.post']
  beforeAll(async () => {
    database = await openAccountDatabase()
    service = await openOAuthService({
      db: () => database.db,
      oauth: {
        lexResolver: {
          get: async (nsid) => {
            if (collections === undefined) throw new TypeError('fetch failed')
            return {
              uri: `at://did:web:lexicons.example.com/com.atproto.lexicon.schema/${nsid}`,
              cid: 'unused',
              lexicon: {
                lexicon: 1,
                id: String(nsid),
                defs: {
                  main: {
                    type: 'permission-set',
                    title: 'Basics',
                    permissions: collections.map((collection) => ({
                      type: 'permission',
                      resource: 'repo',
                      collection: [collection],
                    })),
                  },
                },
              },
            } as never
          },
        },
      },
    })
    await service.create('alice')
    app = await createTestApp(service.origin, SCOPE)
  })
  afterAll(async () => {
    await service.close()
    await database.close()
  })

  /** Ages the stored set, so it is resolved again. */
  const expire = () =>
    sql`update lexwright_account.oauth_lexicon set updated_at = updated_at - interval '6 minutes'`.execute(
      database.db,
    )

  it('is resolved when granted, grows when republished, and stays while its host is down', async () => {
    const granted = await app.logIn({ username: 'alice.test', password: PASSWORD })
    expect(granted.scope).toContain('repo')
    expect(granted.scope).toContain('com.example.post')

    collections = ['com.example.post', 'com.example.like', 'org.other.post']
    await expire()
    const grown = await app.refresh(granted.refresh_token)
    expect(grown.body.scope).toContain('com.example.like')
    // Of another authority, without consent.
    expect(grown.body.scope).not.toContain('org.other.post')

    collections = undefined
    await expire()
    const kept = await app.refresh(grown.body.refresh_token)
    expect(kept.status).toBe(200)
    expect(kept.body.scope).toBe(grown.body.scope)
    expect((await app.call('com.atproto.server.listAppPasswords', kept.body)).status).toBe(200)
  })
})
