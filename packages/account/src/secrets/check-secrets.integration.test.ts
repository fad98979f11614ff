import { Secp256k1Keypair } from '@atproto/crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import {
  openAccountDatabase,
  type TestDatabase,
} from '@lexwright/testing/accounts/account-databases'
import { createMailbox, testModuleOptions } from '@lexwright/testing/accounts/account-harness'
import { type Kysely, sql } from 'kysely'
import { type AccountModule, createAccountModule } from '../module.ts'
import type { AccountSecrets } from '../options.ts'
import { WrongSecrets } from './check-secrets.ts'

describe('the secrets of a database', () => {
  let database: TestDatabase
  let db: Kysely<unknown>
  let first: AccountSecrets
  const pepper = 'another pepper, 32 bytes or more of it'
  const modules: AccountModule[] = []

  beforeAll(async () => {
    database = await openAccountDatabase()
    db = database.db
    first = (await testModuleOptions()).secrets
    await (await withSecrets({})).migrate()
  })
  afterAll(async () => {
    for (const each of modules) await each.stop()
    await database.close()
  })
  beforeEach(async () => {
    await sql`truncate lexwright_account.secret_fingerprint, lexwright_account.account cascade`.execute(
      db,
    )
  })

  async function withSecrets(changes: Partial<AccountSecrets>): Promise<AccountModule> {
    const options = await testModuleOptions()
    const accounts = createAccountModule({
      ...options,
      mailer: createMailbox(),
      secrets: { ...first, ...changes },
      db,
    })
    modules.push(accounts)
    return accounts
  }
  const check = async (changes: Partial<AccountSecrets>): Promise<void> =>
    (await withSecrets(changes)).operator.checkSecrets()
  const signUp = async (changes: Partial<AccountSecrets>, name: string) =>
    (await withSecrets(changes)).service.create(
      {
        handle: `${name}.test`,
        email: `${name}@example.com`,
        password: 'correct horse battery',
      },
      'unlimited',
    )

  it('are recorded with the first start, unreadably', async () => {
    await check({})
    const { rows } = await sql<{ name: string; fingerprint: string }>`
      select name, fingerprint from lexwright_account.secret_fingerprint`.execute(db)
    expect(rows.map(({ name }) => name).sort()).toEqual([
      'key-encryption-key',
      'password-pepper',
      'plc-rotation-key',
    ])
    for (const { fingerprint } of rows) expect(fingerprint).toMatch(/^[\w-]{22}$/)
    await check({})
  })

  it.each([
    ['password-pepper', async () => ({ passwordPepper: pepper })],
    ['key-encryption-key', async () => ({ keyEncryptionKey: new Uint8Array(32).fill(8) })],
    ['plc-rotation-key', async () => ({ plcRotationKey: await Secp256k1Keypair.create() })],
  ])('refuse to start with another %s until it is accepted', async (name, change) => {
    const changes = await change()
    await (await withSecrets({})).start()
    const other = await withSecrets(changes)
    const refusal = await other.start().catch((error: unknown) => error)
    expect(refusal).toBeInstanceOf(WrongSecrets)
    expect(refusal).toMatchObject({ secrets: [name] })
    expect(String(refusal)).not.toContain(pepper)

    await other.operator.acceptSecrets([name as 'password-pepper'])
    await check(changes)
    await expect(check({})).rejects.toThrow(WrongSecrets)
  })

  it('can be rotated server by server, with the former among the previous ones', async () => {
    const old = { passwordPepper: first.passwordPepper }
    const rotated = { passwordPepper: pepper, previousPasswordPeppers: [first.passwordPepper] }
    await check(old)
    // First every server gets both, then the new one is put first.
    const prepared = { ...old, previousPasswordPeppers: [pepper] }
    await check(prepared)
    await check(rotated)
    await check(prepared)
    await check({ passwordPepper: pepper })
    await expect(check(old)).rejects.toThrow(WrongSecrets)
    const { operator } = await withSecrets(rotated)
    expect(await operator.compareSecrets()).toContainEqual({
      name: 'password-pepper',
      state: 'same',
    })
  })

  it('are checked against the data of an earlier version', async () => {
    await signUp({}, 'early')
    for (const changes of [
      { passwordPepper: pepper },
      { keyEncryptionKey: new Uint8Array(32).fill(8) },
      { plcRotationKey: await Secp256k1Keypair.create() },
    ]) {
      await expect(check(changes)).rejects.toThrow(WrongSecrets)
    }
    await check({ passwordPepper: pepper, previousPasswordPeppers: [first.passwordPepper] })
  })

  it('count the hashes under each pepper', async () => {
    await signUp({}, 'former')
    await signUp({ passwordPepper: pepper }, 'present')
    await signUp({ passwordPepper: 'a third pepper that nobody has any more' }, 'lost')
    await signUp({}, 'imported')
    await sql`update lexwright_account.account set password_hash = '$2b$04$' || repeat('a', 53)
      where handle = 'imported.test'`.execute(db)
    const { operator } = await withSecrets({
      passwordPepper: pepper,
      previousPasswordPeppers: [first.passwordPepper],
    })
    expect(await operator.countHashes()).toEqual({
      current: 1,
      previous: 1,
      unknown: 1,
      imported: 1,
    })
  })
})
