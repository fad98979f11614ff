import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import {
  openAccountDatabase,
  openAccountPostgres,
  type TestDatabase,
} from '@lexwright/testing/accounts/account-databases'
import {
  type AccountHarness,
  openAccountHarness,
} from '@lexwright/testing/accounts/account-harness'
import { type Kysely, sql } from 'kysely'

const password = 'correct horse battery'

let database: TestDatabase
let harness: AccountHarness
const hooked: string[] = []

async function serve(opened: TestDatabase): Promise<void> {
  database = opened
  harness = await openAccountHarness(database.db, {
    hooks: {
      onAccountChanged: async ({ kind, did }, tx) => {
        await sql`select 1`.execute(tx)
        hooked.push(`${kind} ${did}`)
      },
    },
  })
}
async function stop(): Promise<void> {
  await harness.close()
  await database.close()
}

async function create(name: string): Promise<string> {
  const { did } = await harness.accounts.service.create(
    { handle: `${name}.test`, email: `${name}@example.com`, password },
    'unlimited',
  )
  return did
}
const insert = (db: Kysely<unknown>, did: string) =>
  sql`insert into lexwright_account.account_change (did, kind, detail, at)
    values (${did}, 'activated', '{}', now())`.execute(db)
const readAfter = (after: number) => harness.accounts.changes.read({ after })
const latest = async () => (await harness.accounts.changes.read({ limit: 10_000 })).at(-1)?.seq ?? 0

describe('changes of accounts', () => {
  beforeAll(async () => serve(await openAccountDatabase()))
  afterAll(stop)

  it('reach hooks and polling hosts once and in order', async () => {
    const { operator, service } = harness.accounts
    const start = await latest()
    const did = await create('alice')
    await service.changeHandle({ did, handle: 'alicia.test' }, 'unlimited')
    await operator.setPassword(did)
    await operator.disableAccount(did)
    await operator.enableAccount(did)
    await operator.deleteAccount(did)
    await operator.restoreAccount(did)
    const changes = await readAfter(start)
    const kinds = [
      'created',
      'handle-changed',
      'password-reset',
      'disabled',
      'enabled',
      'deleted',
      'restored',
    ]
    expect(changes.map(({ kind }) => kind)).toEqual(kinds)
    expect(hooked).toEqual(kinds.map((kind) => `${kind} ${did}`))
    expect(changes[1]).toMatchObject({
      did,
      detail: { handle: 'alicia.test', previous: 'alice.test' },
      at: harness.clock.now(),
    })
    expect(await readAfter(changes.at(-1)?.seq ?? 0)).toEqual([])
    expect((await harness.accounts.changes.read({ after: start, limit: 2 })).length).toBe(2)
  })

  it('are deleted with their account, except for the purge itself', async () => {
    const start = await latest()
    const did = await create('bob')
    await harness.accounts.operator.deleteAccount(did)
    await harness.accounts.operator.purgeAccount(did)
    expect((await readAfter(start)).map(({ kind }) => kind)).toEqual(['purged'])
  })

  it('are deleted after a month', async () => {
    await create('carol')
    await readAfter(0)
    harness.clock.advance(31 * 24 * 60 * 60)
    await harness.accounts.runDueJobs()
    const { rows } = await sql`
      select from lexwright_account.account_change where kind = 'created'`.execute(database.db)
    expect(rows).toHaveLength(0)
  })
})

describe('changes of accounts in several transactions at once', () => {
  beforeAll(async () => serve(await openAccountPostgres()))
  afterAll(stop)

  it('that commit late follow those already read', async () => {
    const start = await latest()
    let begun = (): void => {}
    let release = (): void => {}
    const inserted = new Promise<void>((resolve) => {
      begun = resolve
    })
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    const slow = database.db.transaction().execute(async (tx) => {
      await insert(tx, 'did:plc:slow')
      begun()
      await held
    })
    await inserted
    await insert(database.db, 'did:plc:quick')
    const before = await readAfter(start)
    expect(before.map(({ did }) => did)).toEqual(['did:plc:quick'])
    release()
    await slow
    const after = await readAfter(before.at(-1)?.seq ?? 0)
    expect(after.map(({ did }) => did)).toEqual(['did:plc:slow'])
  })

  it('are never skipped, in any commit order and with several processes numbering', async () => {
    const WRITERS = 6
    const EACH = 15
    let cursor = await latest()
    let isWriting = true
    const seen: string[] = []
    const poll = async (): Promise<void> => {
      for (const { seq, did } of await readAfter(cursor)) {
        expect(seq).toBeGreaterThan(cursor)
        cursor = seq
        seen.push(did)
      }
    }
    const other = (async () => {
      while (isWriting) await harness.accounts.changes.read({ after: cursor, limit: 1 })
    })()
    const reader = (async () => {
      while (isWriting) await poll()
    })()
    await Promise.all(
      Array.from({ length: WRITERS }, async (_, writer) => {
        for (let n = 0; n < EACH; n++) {
          await database.db.transaction().execute(async (tx) => {
            await insert(tx, `did:plc:${writer}-${n}`)
            await delay(Math.random() * 5)
          })
        }
      }),
    )
    isWriting = false
    await Promise.all([reader, other])
    await poll()
    expect(seen).toHaveLength(WRITERS * EACH)
    expect(new Set(seen).size).toBe(WRITERS * EACH)
  })
})
