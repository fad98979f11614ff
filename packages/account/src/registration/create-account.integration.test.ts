import { Secp256k1Keypair } from '@atproto/crypto'
import { assureValidCreationOp } from '@did-plc/lib'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import {
  openAccountDatabase,
  type TestDatabase,
} from '@lexwright/testing/accounts/account-databases'
import {
  type AccountHarness,
  openAccountHarness,
  testModuleOptions,
} from '@lexwright/testing/accounts/account-harness'
import { type Kysely, sql } from 'kysely'
import { open as unseal } from '../crypto/seal.ts'
import {
  EmailNotAvailable,
  HandleNotAvailable,
  IdentityRefused,
  InvalidEmail,
  InvalidHandle,
  InvalidInviteCode,
  InvalidPassword,
  InvalidRecoveryKey,
  TemporarilyUnavailable,
} from '../errors.ts'
import { type IdentityProvider, PublicationRefused } from '../identity/identity.ts'
import type { AccountModule } from '../module.ts'
import type { CreateAccountRequest } from './create-account.ts'

const password = 'correct horse battery'
/** A valid request. */
const requestFor = (
  name: string,
  more: Partial<CreateAccountRequest> = {},
): CreateAccountRequest => ({
  handle: `${name}.test`,
  email: `${name}@example.com`,
  password,
  ...more,
})

describe('createAccount', () => {
  let database: TestDatabase
  let db: Kysely<unknown>
  let harness: AccountHarness
  const harnesses: AccountHarness[] = []
  /** Another process on the same database, with its own policy or directory. */
  const openProcess = async (...overrides: Parameters<typeof openAccountHarness>[1][]) => {
    const opened = await openAccountHarness(db, ...overrides)
    harnesses.push(opened)
    return opened
  }
  const withInvites = async () =>
    openProcess({ policy: (await testModuleOptions({ inviteRequired: true })).policy })
  const create = (request: CreateAccountRequest, { service } = harness.accounts) =>
    service.create(request, 'unlimited')
  const invite = ({ service }: AccountModule) =>
    service.createInviteCode({ useCount: 1, createdBy: 'admin' })
  const count = async (table: string, did: string): Promise<number> => {
    const { rows } = await sql<{ n: number }>`
      select count(*)::int as n from ${sql.table(`lexwright_account.${table}`)} where did = ${did}`.execute(
      db,
    )
    return rows[0]?.n ?? -1
  }

  beforeAll(async () => {
    database = await openAccountDatabase()
    db = database.db
    harness = await openProcess()
  })
  afterAll(async () => {
    await Promise.all(harnesses.map((each) => each.close()))
    await database.close()
  })

  it('answers with tokens, the handle in lower case, and the DID', async () => {
    const created = await create(requestFor('alice', { handle: 'Alice.TEST' }))
    expect(created).toEqual({
      did: expect.stringMatching(/^did:plc:[a-z2-7]{24}$/),
      handle: 'alice.test',
      accessJwt: expect.any(String),
      refreshJwt: expect.any(String),
    })
    const { service } = harness.accounts
    expect(await service.authenticate(created.accessJwt, { allowDisabled: false })).toMatchObject({
      did: created.did,
      handle: 'alice.test',
      status: 'active',
      authTime: harness.clock.now(),
    })
    expect(await service.get(created.did)).toEqual({
      did: created.did,
      emailConfirmedAt: null,
      emailAuthFactor: false,
      handle: 'alice.test',
      email: 'alice@example.com',
      status: 'active',
      recoveryKey: null,
      inviteCode: null,
      createdAt: harness.clock.now(),
      passwordChangedAt: harness.clock.now(),
    })
  })

  it('stores the signed operation that creates the DID, and its signing key, sealed', async () => {
    const recovery = await Secp256k1Keypair.create()
    const { did } = await create(requestFor('keys', { recoveryKey: recovery.did() }))
    const { rows } = await sql<{
      operation: string
      public_key: string
      private_key_sealed: Uint8Array
    }>`
      select operation, public_key, private_key_sealed
      from lexwright_account.did_operation join lexwright_account.signing_key using (did)
      where did = ${did}`.execute(db)
    const row = rows[0]
    if (row === undefined) throw new Error('nothing is stored')
    const document = await assureValidCreationOp(did, JSON.parse(row.operation))
    expect(document.rotationKeys[0]).toBe(recovery.did())
    expect(document.rotationKeys).toHaveLength(2)
    expect(document.alsoKnownAs).toEqual(['at://keys.test'])
    expect(document.services.atproto_pds?.endpoint).toBe('https://pds.test')
    expect(document.verificationMethods.atproto).toBe(row.public_key)

    const { secrets } = await testModuleOptions()
    const opened = unseal(secrets.keyEncryptionKey, row.private_key_sealed, did)
    expect((await Secp256k1Keypair.import(opened)).did()).toBe(row.public_key)
    expect(() =>
      unseal(secrets.keyEncryptionKey, row.private_key_sealed, 'did:plc:other'),
    ).toThrow()
  })

  it('stores neither the password nor a token', async () => {
    const created = await create(requestFor('secretive', { password: 'the password itself' }))
    const { rows } = await sql<{ dump: string }>`
      select concat(a.*::text, s.*::text, l.*::text) as dump
      from lexwright_account.account a
      join lexwright_account.session s using (did) join lexwright_account.audit_log l using (did)
      where did = ${created.did}`.execute(db)
    expect(rows[0]?.dump).toContain(created.did)
    expect(rows[0]?.dump).not.toContain('the password itself')
    expect(rows[0]?.dump).not.toContain(created.accessJwt)
    expect(rows[0]?.dump).not.toContain(created.refreshJwt)
  })

  describe('refuses, in this order,', () => {
    const everythingWrong: CreateAccountRequest = {
      handle: 'x.test',
      email: 'nonsense',
      password: 'short',
      recoveryKey: 'did:key:none',
      inviteCode: 'none',
    }
    const steps = [
      ['a bad handle', {}, InvalidHandle],
      ['a reserved handle', { handle: 'admin.test' }, HandleNotAvailable],
      ['a bad email', { handle: 'ordered.test' }, InvalidEmail],
      ['a bad password', { email: 'taken@example.com' }, InvalidPassword],
      ['a bad recovery key', { password }, InvalidRecoveryKey],
      ['a bad invite', { handle: 'taken.test', recoveryKey: undefined }, InvalidInviteCode],
    ] as const

    it('each rule in order, and every rule before a conflict', async () => {
      await create(requestFor('taken'))
      const { accounts } = await withInvites()
      let request = everythingWrong
      for (const [, mended, error] of steps) {
        request = { ...request, ...mended }
        await expect(create(request, accounts)).rejects.toThrow(error)
      }
      const inviteCode = await accounts.service.createInviteCode({
        useCount: 1,
        createdBy: 'admin',
      })
      request = { ...request, inviteCode }
      await expect(create(request, accounts)).rejects.toThrow(HandleNotAvailable)
      request = { ...request, handle: 'ordered.test' }
      await expect(create(request, accounts)).rejects.toThrow(EmailNotAvailable)
      request = { ...request, email: 'ordered@example.com' }
      await expect(create(request, accounts)).resolves.toMatchObject({
        handle: 'ordered.test',
      })
      await expect(create(requestFor('another', { inviteCode }), accounts)).rejects.toThrow(
        InvalidInviteCode,
      )
    })
  })

  it('reserves the host names of the service itself', async () => {
    const { policy } = await testModuleOptions({
      publicUrl: 'https://house.test',
      handleDomains: ['.test', '.people.test'],
    })
    const { accounts } = await openProcess({ policy })
    for (const handle of ['house.test', 'People.test']) {
      await expect(create(requestFor('x', { handle }), accounts)).rejects.toThrow(
        new HandleNotAvailable('Handle is reserved'),
      )
    }
    const inHouse = requestFor('inhouse', { handle: 'house.people.test' })
    expect(await create(inHouse, accounts)).toMatchObject({
      handle: 'house.people.test',
    })
  })

  it('recognizes a handle and an email in any spelling', async () => {
    await create(requestFor('spelled', { email: 'Spelled@Example.com' }))
    await expect(create(requestFor('other', { handle: 'SPELLED.test' }))).rejects.toThrow(
      HandleNotAvailable,
    )
    await expect(create(requestFor('other', { email: 'sPELLED@eXAMPLE.COM' }))).rejects.toThrow(
      EmailNotAvailable,
    )
  })

  it('ignores an invite code when none is needed', async () => {
    const { service } = harness.accounts
    const code = await service.createInviteCode({ useCount: 1, createdBy: 'admin' })
    await create(requestFor('uninvited', { inviteCode: '\0 nonsense' }))
    const { did } = await create(requestFor('generous', { inviteCode: code }))
    expect(await service.get(did)).toMatchObject({ inviteCode: null })
  })

  it('accepts an invite code in any spelling, but no disabled one', async () => {
    const { accounts } = await withInvites()
    const code = await accounts.service.createInviteCode({ useCount: 2, createdBy: 'admin' })
    const typed = ` ${code.toUpperCase()}\n`
    const { did } = await create(requestFor('typist', { inviteCode: typed }), accounts)
    expect(await accounts.service.get(did)).toMatchObject({ inviteCode: code })
    await sql`update lexwright_account.invite_code set disabled_at = now() where code = ${code}`.execute(
      db,
    )
    await expect(create(requestFor('latecomer', { inviteCode: code }), accounts)).rejects.toThrow(
      InvalidInviteCode,
    )
  })

  describe('when the directory', () => {
    /** A directory whose answer the test decides. */
    const directory = (publish: IdentityProvider['publish']): IdentityProvider => ({ publish })

    it('refuses, releases handle, email and invite', async () => {
      const { policy } = await testModuleOptions({ inviteRequired: true })
      let refused = ''
      const refusing = await openProcess({
        policy,
        identity: directory(async ({ did }) => {
          refused = did
          throw new PublicationRefused('no')
        }),
      })
      const { service } = refusing.accounts
      const inviteCode = await service.createInviteCode({ useCount: 1, createdBy: 'admin' })
      await expect(
        create(requestFor('refused', { inviteCode }), refusing.accounts),
      ).rejects.toThrow(IdentityRefused)
      for (const table of ['account', 'did_operation', 'signing_key', 'session']) {
        expect(await count(table, refused)).toBe(0)
      }
      const working = await withInvites()
      const { did } = await create(requestFor('refused', { inviteCode }), working.accounts)
      expect(did).not.toBe(refused)
    })

    it('cannot be reached, keeps the reservation, and resumes it with the same DID', async () => {
      const seen: string[] = []
      const failing = await openProcess({
        identity: directory(async ({ did }) => {
          seen.push(did)
          throw new Error('connection lost')
        }),
      })
      const request = requestFor('resumed')
      await expect(create(request, failing.accounts)).rejects.toThrow(TemporarilyUnavailable)
      // Others cannot take the reservation, and a retry without the password counts as another
      // person.
      for (const other of [
        requestFor('resumed', { password: 'another password' }),
        requestFor('resumed', { email: 'eve@example.com' }),
      ]) {
        await expect(create(other)).rejects.toThrow(HandleNotAvailable)
      }
      await expect(create(requestFor('resumed', { handle: 'eve.test' }))).rejects.toThrow(
        EmailNotAvailable,
      )

      const { did } = await create(request)
      expect(seen).toEqual([did])
      expect(await harness.accounts.service.get(did)).toMatchObject({ status: 'active' })
      await expect(create(request)).rejects.toThrow(HandleNotAvailable)
    })

    it('does not answer in time, stops waiting', async () => {
      const { policy } = await testModuleOptions({ publicationTimeoutMs: 50 })
      const silent = await openProcess({ policy, identity: directory(() => new Promise(() => {})) })
      await expect(create(requestFor('silent'), silent.accounts)).rejects.toThrow(
        TemporarilyUnavailable,
      )
      expect(await create(requestFor('silent'))).toMatchObject({
        handle: 'silent.test',
      })
    })

    it('takes the DID but the process dies before storing it, resumes by publishing again', async () => {
      const published: string[] = []
      const identity = directory(async ({ did }) => {
        published.push(did)
        return 'published'
      })
      const dying = await openProcess({
        identity,
        hooks: {
          onAccountCreated: async () => {
            throw new Error('the process died')
          },
        },
      })
      const request = requestFor('phoenix')
      await expect(create(request, dying.accounts)).rejects.toThrow('the process died')
      const surviving = await openProcess({ identity })
      const { did } = await create(request, surviving.accounts)
      expect(published).toEqual([did, did])
      const { rows } = await sql<{ published_at: Date }>`
        select published_at from lexwright_account.did_operation where did = ${did}`.execute(db)
      expect(rows[0]?.published_at).not.toBeNull()
    })

    it('resumes a reservation that used up its invite, with that invite or another good one', async () => {
      const { policy } = await testModuleOptions({ inviteRequired: true })
      const failing = await openProcess({
        policy,
        identity: directory(async () => {
          throw new Error('connection lost')
        }),
      })
      const inviteCode = await invite(failing.accounts)
      const request = requestFor('lastuse', { inviteCode })
      await expect(create(request, failing.accounts)).rejects.toThrow(TemporarilyUnavailable)
      const { accounts } = await withInvites()
      await expect(create({ ...request, inviteCode: undefined }, accounts)).rejects.toThrow(
        InvalidInviteCode,
      )
      const codes = { unknown: 'pds-test-aaaaa-aaaaa', inviteCode: await invite(accounts) }
      await expect(create({ ...request, inviteCode: codes.unknown }, accounts)).rejects.toThrow(
        InvalidInviteCode,
      )
      const resumed = await create({ ...request, inviteCode: codes.inviteCode }, accounts)
      expect(resumed).toMatchObject({ handle: 'lastuse.test' })
      // The account keeps the invite it was created with, and the other code lost no use.
      expect(await accounts.service.get(resumed.did)).toMatchObject({ inviteCode })
      const { items } = await accounts.operator.listInviteCodes({ usable: true })
      expect(items.find(({ code }) => code === codes.inviteCode)?.usesLeft).toBe(1)
    })

    it('resumes with the same invite that the reservation used up', async () => {
      const { policy } = await testModuleOptions({ inviteRequired: true })
      const failing = await openProcess({
        policy,
        identity: directory(async () => {
          throw new Error('connection lost')
        }),
      })
      const inviteCode = await invite(failing.accounts)
      const request = requestFor('sameinvite', { inviteCode })
      await expect(create(request, failing.accounts)).rejects.toThrow(TemporarilyUnavailable)
      const { accounts } = await withInvites()
      expect(await create(request, accounts)).toMatchObject({
        handle: 'sameinvite.test',
      })
    })
  })

  it("calls the host's hook inside the same transaction", async () => {
    await sql`create table if not exists host_repo (did text primary key)`.execute(db)
    const events: unknown[] = []
    const hosting = await openProcess({
      hooks: {
        onAccountCreated: async (event, tx) => {
          events.push(event)
          await sql`insert into host_repo values (${event.did})`.execute(tx)
        },
      },
    })
    const { did } = await create(requestFor('hosted'), hosting.accounts)
    expect(events).toEqual([{ did, handle: 'hosted.test', at: hosting.clock.now() }])
    const { rows } = await sql`select did from host_repo`.execute(db)
    expect(rows).toEqual([{ did }])
  })

  it('writes one line into the audit log', async () => {
    const { did } = await create(requestFor('audited'))
    const { rows } = await sql`
      select event, actor, detail from lexwright_account.audit_log where did = ${did}`.execute(db)
    expect(rows).toEqual([{ event: 'account.created', actor: 'owner', detail: {} }])
  })
})
