import assert from 'node:assert/strict'
import { Secp256k1Keypair } from '@atproto/crypto'
import {
  ExpiredToken,
  HandleNotAvailable,
  InvalidResetToken,
  TemporarilyUnavailable,
  WrongCredentials,
} from '@lexwright/account'
import type { FaultPoint } from '@lexwright/testing/accounts/fault-points'
import { sql } from 'kysely'
import type { CrashWorld } from './world.ts'

/** A way to crash, and what must hold afterwards. */
export interface CrashScenario {
  readonly point: FaultPoint
  readonly title: string
  run(world: CrashWorld): Promise<void>
}

const PASSWORD = 'correct horse battery'
const OTHER_PASSWORD = 'another staple entirely'

let count = 0
const person = () => {
  const name = `crash-${++count}`
  return { handle: `${name}.test`, email: `${name}@example.com`, password: PASSWORD }
}
type Person = ReturnType<typeof person>

const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } })

async function register(
  { survivor }: CrashWorld,
  { recoveryKey }: { readonly recoveryKey?: string } = {},
): Promise<Person & { did: string; jwt: string }> {
  const who = person()
  const inviteCode = await survivor.service.createInviteCode({ useCount: 1, createdBy: 'test' })
  const request = { ...who, recoveryKey, inviteCode }
  const { did, accessJwt } = await survivor.service.create(request, 'unlimited')
  return { ...who, did, jwt: accessJwt }
}

async function find({ db }: CrashWorld, handle: string) {
  const { rows } = await sql<{ did: string; status: string }>`
    select did, status from lexwright_account.account where handle = ${handle}`.execute(db)
  return rows[0]
}

async function resetCodes(world: CrashWorld, email: string): Promise<readonly string[]> {
  const texts = await world.mailsTo(email)
  return texts.flatMap((text) => /[a-z2-7]{5}-[a-z2-7]{5}/.exec(text)?.[0] ?? [])
}

async function pendingWork({ db }: CrashWorld): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select (select count(*) from lexwright_account.outbox)::int
      + (select count(*) from lexwright_account.account where status = 'pending')::int as count
    `.execute(db)
  return rows[0]?.count ?? -1
}

/**
 * Asserts that, whatever happened before, the owner can log in and exactly one of everything
 * exists.
 */
async function assertOneAccount(
  world: CrashWorld,
  who: Person & { inviteCode: string },
  did: string | undefined,
): Promise<void> {
  const { survivor, directory, db } = world
  const entered = await survivor.service.create(who, 'unlimited').catch(async (error: unknown) => {
    // It was completed, and only the answer was lost.
    assert.ok(error instanceof HandleNotAvailable, String(error))
    return await survivor.service.logIn({ name: who.handle, password: who.password }, 'unlimited')
  })
  if (did !== undefined) assert.equal(entered.did, did, 'the DID has changed')
  await survivor.service.authenticate(entered.accessJwt, { allowDisabled: false })

  const logs = await Promise.all(directory.dids().map((each) => directory.log(each)))
  const named = logs.filter((log) => JSON.stringify(log).includes(`at://${who.handle}"`))
  assert.equal(named.length, 1, 'a DID without an account is registered')
  assert.equal((await directory.log(entered.did)).length, 1)
  const { rows } = await sql`
    select a.status, i.uses_left, o.published_at is not null as published
    from lexwright_account.account a
    join lexwright_account.invite_code i on i.code = a.invite_code
    join lexwright_account.did_operation o on o.did = a.did
    where a.email = ${who.email}`.execute(db)
  assert.deepEqual(rows, [{ status: 'active', uses_left: 1, published: true }])
  await world.settle()
  assert.equal(await pendingWork(world), 0)
}

const creation = (point: FaultPoint): readonly CrashScenario[] =>
  (['its owner tries again', 'another process finishes it'] as const).map((title, index) => ({
    point,
    title,
    run: async (world) => {
      const { service } = world.survivor
      const inviteCode = await service.createInviteCode({ useCount: 2, createdBy: 'test' })
      const who = { ...person(), inviteCode }
      await world.crash(point, (client) => client.com.atproto.account.create(who))
      const left = await find(world, who.handle)
      if (index === 1) {
        await world.settle()
        assert.equal((await find(world, who.handle))?.status, left && 'active')
      }
      await assertOneAccount(world, who, left?.did)
    },
  }))

const reconciliation = (point: FaultPoint): CrashScenario => ({
  point,
  title: 'the process that finishes it dies, too',
  run: async (world) => {
    const { service } = world.survivor
    const inviteCode = await service.createInviteCode({ useCount: 2, createdBy: 'test' })
    const who = { ...person(), inviteCode }
    world.plc.fail('drop-before')
    await assert.rejects(service.create(who, 'unlimited'), TemporarilyUnavailable)
    world.plc.fail('pass')
    await world.expireLeases()
    await world.crash(point)
    const left = await find(world, who.handle)
    assert.equal(left?.status, 'pending')
    await world.settle()
    assert.equal((await find(world, who.handle))?.status, 'active')
    await assertOneAccount(world, who, left?.did)
  },
})

const deletion = (point: FaultPoint, isDone: boolean): CrashScenario => ({
  point,
  title: isDone ? 'the account is deleted' : 'nothing has happened',
  run: async (world) => {
    const { service } = world.survivor
    const { did, jwt, email } = await register(world)
    await world.crash(point, (client) => client.com.atproto.account.delete(undefined, bearer(jwt)))
    if (!isDone) {
      const { authTime } = await service.authenticate(jwt, { allowDisabled: true })
      await world.settle()
      assert.deepEqual(await world.mailsTo(email), [])
      await service.delete({ did, authTime }, 'unlimited')
    }
    await assert.rejects(service.authenticate(jwt, { allowDisabled: true }), ExpiredToken)
    await world.settle()
    assert.equal((await world.mailsTo(email)).length, 1)
    assert.equal(await pendingWork(world), 0)
    assert.equal((await world.survivor.operator.restoreAccount(did)).status, 'active')
  },
})

const purge = (point: FaultPoint): CrashScenario => ({
  point,
  title: 'the purge is whole or not at all',
  run: async (world) => {
    const { survivor, db } = world
    const { did, email } = await register(world)
    await survivor.operator.deleteAccount(did)
    await world.settle()
    await sql`update lexwright_account.account set purge_after = now() - interval '1 s'
      where did = ${did}`.execute(db)
    await world.crash(point, undefined, { PDS_DELETION_GRACE_SECONDS: '0' })
    const left = await survivor.operator.showAccount(did)
    assert.equal(left.email, point === 'purge:purged' ? null : email)
    assert.equal(left.publication === null, point === 'purge:purged')
    await world.settle()
    const gone = await survivor.operator.showAccount(did)
    assert.equal(gone.email, null)
    assert.equal(gone.publication, null)
    const purges = gone.events.filter(({ event }) => event === 'account.purged')
    assert.equal(purges.length, 1)
  },
})

const reset = (point: FaultPoint, isDone: boolean): CrashScenario => ({
  point,
  title: isDone ? 'the password is the new one' : 'the code is still good',
  run: async (world) => {
    const { service } = world.survivor
    const { handle, email, jwt } = await register(world)
    await service.requestPasswordReset(email, 'unlimited')
    await world.settle()
    const [token = ''] = await resetCodes(world, email)
    const request = { token, password: OTHER_PASSWORD }
    await world.crash(point, (client) => client.com.atproto.account.resetPassword(request))
    if (!isDone) {
      await service.logIn({ name: handle, password: PASSWORD }, 'unlimited')
      await service.authenticate(jwt, { allowDisabled: false })
      await service.resetPassword(request, 'unlimited')
    }
    await service.logIn({ name: handle, password: OTHER_PASSWORD }, 'unlimited')
    await assert.rejects(
      service.logIn({ name: handle, password: PASSWORD }, 'unlimited'),
      WrongCredentials,
    )
    await assert.rejects(service.resetPassword(request, 'unlimited'), InvalidResetToken)
    await assert.rejects(service.authenticate(jwt, { allowDisabled: true }), ExpiredToken)
    await world.settle()
    const notices = (await world.mailsTo(email)).filter((text) => text.includes(' was changed on '))
    assert.equal(notices.length, 1, 'the notice got lost')
    assert.equal(await pendingWork(world), 0)
  },
})

const removal = (point: FaultPoint): CrashScenario => ({
  point,
  title: 'the recovery key leaves the DID, once',
  run: async (world) => {
    const { survivor, directory, db } = world
    const recoveryKey = (await Secp256k1Keypair.create()).did()
    const { did, email } = await register(world, { recoveryKey })
    await survivor.service.requestPasswordReset(email, 'unlimited')
    await world.settle()
    const [token = ''] = await resetCodes(world, email)
    await survivor.service.resetPassword({ token, password: OTHER_PASSWORD }, 'unlimited')
    await world.crash(point)
    await world.settle()
    const log = await directory.log(did)
    assert.equal(log.length, 2)
    assert.ok(!JSON.stringify(log.at(-1)).includes(recoveryKey), 'the DID has the key still')
    assert.equal((await survivor.service.get(did)).recoveryKey, null)
    const { events } = await survivor.operator.showAccount(did)
    assert.equal(events.filter(({ event }) => event === 'recovery-key.removed').length, 1)
    const { rows } = await sql`
      select published_at is not null as published from lexwright_account.did_update
      where did = ${did}`.execute(db)
    assert.deepEqual(rows, [{ published: true }])
    assert.equal(await pendingWork(world), 0)
  },
})

const rename = (point: FaultPoint): CrashScenario => ({
  point,
  title: 'the handle changes, once, and nobody else gets either',
  run: async (world) => {
    const { survivor, directory, plc } = world
    const { did, handle } = await register(world)
    const wanted = person().handle
    plc.fail('drop-before')
    await assert.rejects(
      survivor.service.changeHandle({ did, handle: wanted }, 'unlimited'),
      TemporarilyUnavailable,
    )
    plc.fail('pass')
    await world.expireLeases()
    await world.crash(point)
    await world.settle()
    const log = await directory.log(did)
    assert.equal(log.length, 2)
    assert.ok(JSON.stringify(log.at(-1)).includes(`at://${wanted}"`), 'the DID has the old handle')
    assert.equal(await survivor.service.resolveHandle(wanted), did)
    const other = await register(world)
    for (const taken of [handle, wanted]) {
      await assert.rejects(
        survivor.service.changeHandle({ did: other.did, handle: taken }, 'unlimited'),
        HandleNotAvailable,
      )
    }
    const { events } = await survivor.operator.showAccount(did)
    assert.equal(events.filter(({ event }) => event === 'handle.changed').length, 1)
  },
})

const mail = (point: FaultPoint, copies: number): CrashScenario => ({
  point,
  title: 'the mail arrives, and its newest code works',
  run: async (world) => {
    const { service } = world.survivor
    const { handle, email } = await register(world)
    await service.requestPasswordReset(email, 'unlimited')
    await world.crash(point)
    await world.settle()
    const codes = await resetCodes(world, email)
    assert.equal(codes.length, copies)
    await service.resetPassword(
      { token: codes.at(-1) ?? '', password: OTHER_PASSWORD },
      'unlimited',
    )
    await service.logIn({ name: handle, password: OTHER_PASSWORD }, 'unlimited')
    await world.settle()
    assert.equal(await pendingWork(world), 0)
  },
})

/** Every fault point, at least once. */
export const crashScenarios: readonly CrashScenario[] = [
  ...creation('create:hashed'),
  ...creation('create:reserving'),
  ...creation('create:reserved'),
  ...creation('create:published'),
  ...creation('create:activating'),
  ...creation('create:activated'),
  reconciliation('reconcile:claimed'),
  reconciliation('reconcile:published'),
  deletion('delete:deleting', false),
  deletion('delete:deleted', true),
  purge('purge:purging'),
  purge('purge:purged'),
  reset('reset:hashed', false),
  reset('reset:changing', false),
  reset('reset:changed', true),
  // Every change to a DID begins with the same steps.
  rename('removal:claimed'),
  rename('removal:signed'),
  rename('removal:sent'),
  rename('handle:finishing'),
  rename('handle:finished'),
  removal('removal:claimed'),
  removal('removal:signed'),
  removal('removal:sent'),
  removal('removal:finishing'),
  removal('removal:finished'),
  mail('mail:claimed', 1),
  mail('mail:prepared', 1),
  mail('mail:sent', 2),
  mail('mail:done', 1),
]
