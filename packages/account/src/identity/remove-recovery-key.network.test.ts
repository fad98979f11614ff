import { Secp256k1Keypair } from '@atproto/crypto'
import { addSignature, createUpdateOp, type Operation, updateRotationKeysOp } from '@did-plc/lib'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import {
  openAccountDatabase,
  type TestDatabase,
} from '@lexwright/testing/accounts/account-databases'
import {
  type AccountHarness,
  newestResetCode,
  openAccountHarness,
  testModuleOptions,
} from '@lexwright/testing/accounts/account-harness'
import {
  type HttpFault,
  type HttpFaultProxy,
  startHttpFaultProxy,
} from '@lexwright/testing/network/http-fault-proxy'
import { type PlcDirectory, startPlcDirectory } from '@lexwright/testing/third-party/plc-directory'
import { type Kysely, sql } from 'kysely'
import { createPlcIdentity } from './plc-identity.ts'

const HOUR = 60 * 60
/** Longer than any lease or backoff. */
const LATER = 2 * HOUR

const operatorKey = await Secp256k1Keypair.create()
/** Recovery key of the person who created the accounts. */
const stranger = await Secp256k1Keypair.create()
const another = await Secp256k1Keypair.create()

describe('the first reset of an account with a recovery key', () => {
  let database: TestDatabase
  let db: Kysely<unknown>
  let directory: PlcDirectory
  let proxy: HttpFaultProxy
  let harness: AccountHarness
  /** A process without a directory yet. */
  let local: AccountHarness
  let service: Secp256k1Keypair
  let secrets: Awaited<ReturnType<typeof testModuleOptions>>['secrets']

  const openProcess = async (options: object = {}) =>
    await openAccountHarness(db, {
      policy: (
        await testModuleOptions({
          recoveryDidKey: operatorKey.did(),
          publicationTimeoutMs: 6_000,
        })
      ).policy,
      secrets,
      identity: createPlcIdentity({ url: proxy.url, requestTimeoutMs: 800, retryPauseMs: 5 }),
      ...options,
    })

  beforeAll(async () => {
    database = await openAccountDatabase()
    db = database.db
    directory = await startPlcDirectory()
    proxy = await startHttpFaultProxy(directory.url)
    service = await Secp256k1Keypair.create()
    secrets = { ...(await testModuleOptions()).secrets, plcRotationKey: service }
    harness = await openProcess()
    local = await openAccountHarness(db, { secrets, clock: harness.clock })
  })
  afterEach(() => proxy.fail('pass'))
  afterAll(async () => {
    await harness.close()
    await local.close()
    await proxy.close()
    await directory.close()
    await database.close()
  })

  const create = async (name: string, recoveryKey = stranger.did(), from = harness) => {
    const { did } = await from.accounts.service.create(
      {
        handle: `${name}.test`,
        email: `${name}@example.com`,
        password: 'correct horse battery',
        recoveryKey,
      },
      'unlimited',
    )
    return did
  }
  const reset = async (name: string, from = harness) => {
    const email = `${name}@example.com`
    await from.accounts.service.requestPasswordReset(email, 'unlimited')
    await from.accounts.runDueJobs()
    const token = newestResetCode(from.mailbox, email)
    await from.accounts.service.resetPassword(
      { token, password: 'another staple entirely' },
      'unlimited',
    )
  }
  const runLater = async (seconds = LATER) => {
    harness.clock.advance(seconds)
    await harness.accounts.runDueJobs()
  }
  const log = async (did: string) => (await directory.log(did)) as readonly Operation[]
  const keysOf = async (did: string) => (await log(did)).at(-1)?.rotationKeys
  const operatorKeys = () => [operatorKey.did(), service.did()]
  const send = async (did: string, operation: object) => {
    const { status } = await fetch(`${directory.url}/${did}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(operation),
    })
    expect(status).toBe(200)
  }
  /** Changes a DID with a given key, on top of the latest or an older operation. */
  const change = async (
    did: string,
    changes: Partial<Operation>,
    { signer = stranger, onTopOf = -1 } = {},
  ) => {
    const before = (await log(did)).at(onTopOf) as Operation
    await send(did, await createUpdateOp(before, signer, (now) => ({ ...now, ...changes })))
  }
  const knownKey = async (did: string) => (await harness.accounts.service.get(did)).recoveryKey
  const events = async (did: string) =>
    (await harness.accounts.operator.showAccount(did)).events.map(({ event }) => event)
  const removals = async (did: string) => {
    const { rows } = await sql`
      select from lexwright_account.did_update where did = ${did}`.execute(db)
    return rows.length
  }
  const newestMail = (name: string) =>
    harness.mailbox.messages.findLast(({ to }) => to === `${name}@example.com`)

  it('removes the key from the DID and nothing else', async () => {
    const did = await create('victim')
    const [genesis] = await log(did)
    expect(genesis?.rotationKeys).toEqual([stranger.did(), ...operatorKeys()])
    await reset('victim')
    await harness.accounts.runDueJobs()
    const [, update] = await log(did)
    expect({ ...update, prev: null, sig: '' }).toEqual({
      ...genesis,
      rotationKeys: operatorKeys(),
      sig: '',
    })
    expect(await knownKey(did)).toBeNull()
    expect(await events(did)).toEqual(
      expect.arrayContaining(['recovery-key.removal-began', 'recovery-key.removed']),
    )
  })

  it('names the key and the powers of its holder in mails before and after', async () => {
    const key = stranger.did()
    await create('informed')
    await harness.accounts.service.requestPasswordReset('informed@example.com', 'unlimited')
    await harness.accounts.runDueJobs()
    const request = newestMail('informed')
    expect(request?.text).toContain(`recovery key ${key}, before this mailbox was confirmed.`)
    expect(request?.text).toContain('without a password')
    expect(request?.text).toContain('the key is removed')

    proxy.fail({ status: 503 })
    await harness.accounts.service.resetPassword(
      {
        token: newestResetCode(harness.mailbox, 'informed@example.com'),
        password: 'another staple entirely',
      },
      'unlimited',
    )
    await harness.accounts.runDueJobs()
    expect(newestMail('informed')?.text).toContain('It is being removed')
    expect(newestMail('informed')?.text).toContain(key)

    proxy.fail('pass')
    await runLater()
    const removedAt = harness.clock.now()
    await harness.accounts.service.logIn(
      {
        name: 'informed.test',
        password: 'another staple entirely',
      },
      'unlimited',
    )
    await harness.accounts.runDueJobs()
    const until = new Date(removedAt.getTime() + 72 * HOUR * 1000).toISOString()
    expect(newestMail('informed')?.text).toContain(`The recovery key ${key}`)
    expect(newestMail('informed')?.text).toContain(until.slice(0, 16).replace('T', ' '))

    await runLater(73 * HOUR)
    await harness.accounts.service.requestPasswordReset('informed@example.com', 'unlimited')
    await harness.accounts.runDueJobs()
    expect(newestMail('informed')?.subject).toContain('Reset')
    expect(newestMail('informed')?.text).not.toContain('recovery key')
  })

  it('does nothing for accounts without a key or with a key of the operator', async () => {
    const did = await create('key-of-operator', service.did())
    await reset('key-of-operator')
    await harness.accounts.runDueJobs()
    expect(await keysOf(did)).toEqual([service.did(), operatorKey.did()])
    expect(newestMail('key-of-operator')?.text).not.toContain('recovery key')
    expect(await removals(did)).toBe(0)
  })

  const faults: readonly HttpFault[] = ['drop-before', 'drop-after', 'hang-after', { status: 500 }]
  it.each(faults.flatMap((fault) => [['GET', fault] as const, ['POST', fault] as const]))(
    'finishes when a %s meets %j',
    async (verb, fault) => {
      const name = `faulty-${verb}-${JSON.stringify(fault).replace(/\W+/g, '')}`.toLowerCase()
      const did = await create(name.slice(0, 18))
      await reset(name.slice(0, 18))
      proxy.fail([fault], (request) => request.startsWith(verb))
      await harness.accounts.runDueJobs()
      proxy.fail('pass')
      await runLater()
      expect(await keysOf(did)).toEqual(operatorKeys())
      expect(await log(did)).toHaveLength(2)
      expect((await events(did)).filter((event) => event === 'recovery-key.removed')).toHaveLength(
        1,
      )
    },
  )

  it('resets the password while the directory is down, and removes the key later', async () => {
    const did = await create('down')
    proxy.fail({ status: 503 })
    await reset('down')
    await runLater()
    await runLater()
    expect(await log(did)).toHaveLength(1)
    const { operator } = harness.accounts
    expect(await operator.settleUpdates()).toEqual({ settled: 0, failed: 1 })
    proxy.fail('pass')
    await harness.accounts.runDueJobs()
    expect(await log(did)).toHaveLength(1)
    expect(await operator.settleUpdates()).toEqual({ settled: 1, failed: 0 })
    expect(await keysOf(did)).toEqual(operatorKeys())
    expect(await operator.settleUpdates()).toEqual({ settled: 0, failed: 0 })
  })

  it('waits for a directory and for the DID to be published in it', async () => {
    const did = await create('early', undefined, local)
    await reset('early', local)
    await local.accounts.runDueJobs()
    expect(await log(did)).toEqual([])
    await harness.accounts.runDueJobs()
    expect((await log(did)).map(({ rotationKeys }) => rotationKeys)).toEqual([
      [stranger.did(), service.did()],
      [service.did()],
    ])
  })

  it('keeps earlier changes of the DID', async () => {
    const did = await create('changed')
    await change(did, {
      alsoKnownAs: ['at://moved.example'],
      rotationKeys: [another.did(), stranger.did(), ...operatorKeys()],
    })
    await reset('changed')
    await harness.accounts.runDueJobs()
    expect((await log(did)).at(-1)).toMatchObject({
      alsoKnownAs: ['at://moved.example'],
      rotationKeys: [another.did(), ...operatorKeys()],
    })
    // This key was not given to the service, so the service does not remove it.
    expect(await knownKey(did)).toBe(another.did())
  })

  it('signs again when the DID changes between reading the log and sending the update', async () => {
    const did = await create('overtaken')
    await reset('overtaken')
    proxy.fail(['drop-before'], (request) => request.startsWith('POST'))
    await harness.accounts.runDueJobs()
    await change(did, { alsoKnownAs: ['at://moved.example'] })
    await runLater()
    expect((await log(did)).at(-1)).toMatchObject({
      alsoKnownAs: ['at://moved.example'],
      rotationKeys: operatorKeys(),
    })
  })

  it('keeps a key that was replaced in the directory, and notifies the owner', async () => {
    const did = await create('replaced')
    await change(did, { rotationKeys: [another.did(), ...operatorKeys()] })
    await reset('replaced')
    await harness.accounts.runDueJobs()
    await harness.accounts.runDueJobs()
    expect(await log(did)).toHaveLength(2)
    expect(await knownKey(did)).toBe(another.did())
    expect(newestMail('replaced')?.subject).toContain('has a recovery key')
    expect(newestMail('replaced')?.text).toContain(another.did())
    expect(await events(did)).toContain('identity.adopted')
  })

  it('does not contest an objection, and notifies the owner', async () => {
    const did = await create('objected')
    await reset('objected')
    await harness.accounts.runDueJobs()
    expect(await keysOf(did)).toEqual(operatorKeys())
    await change(did, { alsoKnownAs: ['at://mine.example'] }, { onTopOf: 0 })
    await runLater(73 * HOUR)
    await harness.accounts.runDueJobs()
    expect(newestMail('objected')?.text).toContain(`has the recovery key ${stranger.did()}`)
    expect(await knownKey(did)).toBe(stranger.did())
    await reset('objected')
    await runLater()
    expect(newestMail('objected')?.text).toContain(`has the recovery key ${stranger.did()}`)
    expect(await keysOf(did)).toEqual([stranger.did(), ...operatorKeys()])
    expect(await removals(did)).toBe(0)
  })

  it('does not repeat its update when an objection precedes the answer', async () => {
    const did = await create('lost')
    await reset('lost')
    proxy.fail(['drop-after'], (request) => request.startsWith('POST'))
    await harness.accounts.runDueJobs()
    await change(did, { alsoKnownAs: ['at://mine.example'] }, { onTopOf: 0 })
    await runLater()
    expect(await log(did)).toHaveLength(2)
    expect(await knownKey(did)).toBe(stranger.did())
  })

  it.each(['without the key of the service', 'that was ended'])(
    'gives up a DID %s',
    async (title) => {
      const isEnded = title === 'that was ended'
      const did = await create(isEnded ? 'ended' : 'gone')
      if (isEnded) {
        const [genesis] = await log(did)
        if (genesis === undefined) throw new Error('not published')
        const { prev } = await updateRotationKeysOp(genesis, stranger, [])
        await send(did, await addSignature({ type: 'plc_tombstone', prev }, stranger))
      } else await change(did, { rotationKeys: [stranger.did()] })
      await reset(isEnded ? 'ended' : 'gone')
      await harness.accounts.runDueJobs()
      expect(await log(did)).toHaveLength(2)
      expect(await removals(did)).toBe(0)
      expect(await events(did)).toContain('identity.adopted')
    },
  )

  it('is shared by concurrent processes', async () => {
    const names = Array.from({ length: 6 }, (_, n) => `shared-${n}`)
    const dids: string[] = []
    for (const name of names) {
      dids.push(await create(name))
      await reset(name)
    }
    const { clock } = harness
    const others = await Promise.all([openProcess({ clock }), openProcess({ clock })])
    await Promise.all([harness, ...others].map(({ accounts }) => accounts.runDueJobs()))
    await Promise.all(others.map((each) => each.close()))
    for (const did of dids) {
      expect(await log(did)).toHaveLength(2)
      expect((await events(did)).filter((event) => event === 'recovery-key.removed')).toHaveLength(
        1,
      )
    }
  })

  it('waits while an account is deleted, and drops the key with it', async () => {
    const did = await create('leaver')
    await reset('leaver')
    await harness.accounts.operator.deleteAccount(did)
    await runLater()
    expect(await log(did)).toHaveLength(1)
    await harness.accounts.operator.restoreAccount(did)
    await runLater()
    expect(await log(did)).toHaveLength(2)
    await harness.accounts.operator.deleteAccount(did)
    await harness.accounts.operator.purgeAccount(did)
    expect(await removals(did)).toBe(0)
  })
})
