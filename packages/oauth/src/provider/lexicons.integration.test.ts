import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { sql } from 'kysely'
import { createTestApp, type TestApp } from '../testing/app.ts'
import { publishing } from '../testing/permission-set.ts'
import { PASSWORD } from '../testing/service.ts'
import { openProcesses, type Processes } from '../testing/two-processes.ts'

const NSID = 'com.example.basics'
const SCOPE = `atproto include:${NSID}`

describe('a permission set', () => {
  let processes: Processes
  let app: TestApp
  /** The published collections; undefined while their host is down. */
  let collections: readonly string[] | undefined = ['com.example.post']
  beforeAll(async () => {
    processes = await openProcesses({
      accounts: { rateLimits: { limits: { authorizationRequest: { points: 40, window: 300 } } } },
      oauth: { lexResolver: publishing(() => collections) },
    })
    await processes.service.create('alice')
    app = await createTestApp(processes.service.origin, SCOPE)
  })
  afterAll(() => processes.close())

  /** Ages the stored set, so it is resolved again. */
  const expire = () =>
    sql`update lexwright_account.oauth_lexicon set updated_at = updated_at - interval '6 minutes'`.execute(
      processes.db,
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

    // Long unused by requests, but not by sessions.
    await sql`update lexwright_account.oauth_lexicon set updated_at = updated_at - interval '1 day'`.execute(
      processes.db,
    )
    await processes.service.servers[0]?.runDueJobs()
    expect((await app.refresh(kept.body.refresh_token)).body.scope).toBe(grown.body.scope)
  })

  it('is refused if it is too large', async () => {
    collections = Array.from({ length: 5_000 }, (_, n) => `com.example.collection${n}`)
    const large = await createTestApp(processes.service.origin, 'atproto include:com.example.large')
    await expect(large.pushRequest()).rejects.toThrow(/invalid_scope/)
  })

  it('is looked up for strangers as often as they may send requests, and kept for an hour', async () => {
    collections = ['com.example.post']
    const many = Array.from({ length: 80 }, (_, n) => `include:com.example${n}.basics`)
    const stranger = await createTestApp(processes.service.origin, `atproto ${many.join(' ')}`)
    await expect(stranger.pushRequest()).rejects.toThrow(/PAR was answered 429/)
    const stored = async () => {
      const { rows } = await sql`select from lexwright_account.oauth_lexicon
        where nsid <> ${NSID}`.execute(processes.db)
      return rows.length
    }
    expect(await stored()).toBeLessThan(40)
    await sql`update lexwright_account.oauth_lexicon set updated_at = updated_at - interval '61 minutes'`.execute(
      processes.db,
    )
    await processes.service.servers[0]?.runDueJobs()
    expect(await stored()).toBe(0)
  })
})
