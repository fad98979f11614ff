import assert from 'node:assert/strict'
import {
  AccountDisabled,
  AccountNotFound,
  ExpiredResetToken,
  ExpiredToken,
  type FaultPoint,
  faultPoints,
  HandleNotAvailable,
  IdentityRefused,
  InvalidInviteCode,
  InvalidResetToken,
  ReauthenticationRequired,
  TemporarilyUnavailable,
  WrongAccountStatus,
  WrongCredentials,
} from '@lexwright/account'
import fc from 'fast-check'
import {
  assertHolds,
  emptyOut,
  FIRST_PASSWORD,
  isLive,
  learn,
  type Model,
  type ModelSession,
  type Slot,
} from './model.ts'
import {
  Crash,
  type DirectoryMode,
  type ModelledSystem,
  type Outcome,
  RESET_TTL,
} from './system.ts'

const HOUR = 60 * 60
const DAY = 24 * HOUR

type Step = (model: Model, system: ModelledSystem) => Promise<void>
type Refusal = abstract new (...parameters: never[]) => Error

/** A step and its name, as fast-check wants it; every invariant is looked at after it. */
function command(name: string, step: Step): fc.AsyncCommand<Model, ModelledSystem> {
  return {
    check: () => true,
    run: async (model, system) => {
      await step(model, system)
      await assertHolds(model, system)
    },
    toString: () => name,
  }
}

/** Steps that make sense together, and would seldom meet by chance. */
function inARow(
  ...steps: readonly fc.AsyncCommand<Model, ModelledSystem>[]
): fc.AsyncCommand<Model, ModelledSystem> {
  return command(steps.join(', '), async (model, system) => {
    for (const step of steps) await step.run(model, system)
  })
}

function refusedAs(outcome: Outcome<unknown>, ...refusals: readonly Refusal[]): void {
  const names = refusals.map(({ name }) => name)
  assert.ok(
    refusals.some((refusal) => outcome.error instanceof refusal),
    `${outcome.error?.constructor.name ?? 'success'} instead of ${names.join(' or ')}`,
  )
}

function succeeded<Result>(outcome: Outcome<Result>): Result {
  if (outcome.error !== undefined) throw outcome.error
  return outcome.value
}

function at<Item>(items: readonly Item[], index: number): Item {
  const item = items[index % items.length]
  if (item === undefined) throw new Error('nothing to choose from')
  return item
}

interface Tokens {
  readonly accessJwt: string
  readonly refreshJwt: string
}

function addSession(slot: Slot, tokens: Tokens | undefined, now: Date): void {
  slot.isAnswered = true
  if (tokens === undefined) return
  slot.sessions.push({
    epoch: slot.epoch,
    authTime: now,
    access: [tokens.accessJwt],
    refresh: [tokens.refreshJwt],
    rotatedAt: now,
    isRevoked: false,
  })
}

const create = (index: number, inviteIndex: number, crash: FaultPoint | undefined) =>
  command(`create(${index}, invite ${inviteIndex}, ${crash})`, async (model, system) => {
    const { harness, directory } = system
    const slot = at(model.slots, index)
    const invite = at(model.invites, inviteIndex)
    const now = harness.clock.now()
    const isUnanswered =
      slot.status === 'pending' ||
      (slot.status === 'active' &&
        !slot.isAnswered &&
        slot.epoch === 0 &&
        slot.activatedAt !== undefined &&
        now.getTime() - slot.activatedAt.getTime() < DAY * 1000)
    const resumes = isUnanswered && model.invites[slot.invite] === invite
    const wasPending = slot.status === 'pending'
    const outcome = await system.run(
      () =>
        harness.accounts.service.create({
          handle: slot.handle,
          email: slot.email,
          password: FIRST_PASSWORD,
          inviteCode: invite.code,
        }),
      crash,
    )

    if (!resumes) {
      if (invite.left === 0) return refusedAs(outcome, InvalidInviteCode)
      if (slot.status !== 'none') return refusedAs(outcome, HandleNotAvailable)
      if (crash === 'create:hashed' || crash === 'create:reserving')
        return refusedAs(outcome, Crash)
      invite.left--
      slot.status = 'pending'
      slot.invite = model.invites.indexOf(invite)
      if (crash === 'create:reserved') {
        refusedAs(outcome, Crash)
        return await learn(model, system, slot)
      }
    }
    if (outcome.error instanceof IdentityRefused) {
      assert.equal(directory.mode, 'refuses')
      assert.ok(slot.did === undefined || !directory.log.has(slot.did))
      invite.left++
      return emptyOut(slot)
    }
    await learn(model, system, slot)
    if (outcome.error instanceof TemporarilyUnavailable) {
      return assert.ok(directory.mode === 'down' || directory.mode === 'lost')
    }
    if (crash === 'create:published') return refusedAs(outcome, Crash)
    if (crash === 'create:activating' && (wasPending || !resumes)) return refusedAs(outcome, Crash)
    slot.status = 'active'
    if (crash === 'create:activated') {
      refusedAs(outcome, Crash)
      return addSession(slot, undefined, now)
    }
    const created = succeeded(outcome)
    assert.equal(created.did, slot.did)
    addSession(slot, created, now)
  })

const logIn = (index: number, isRight: boolean, byEmail: boolean) =>
  command(`logIn(${index}, ${isRight ? 'right' : 'wrong'})`, async (model, system) => {
    const { harness } = system
    const slot = at(model.slots, index)
    const outcome = await system.run(() =>
      harness.accounts.service.logIn({
        name: byEmail ? slot.email : slot.handle,
        password: isRight ? slot.password : 'a wrong password',
      }),
    )
    if (!isRight || (slot.status !== 'active' && slot.status !== 'disabled')) {
      return refusedAs(outcome, WrongCredentials)
    }
    if (slot.status === 'disabled') return refusedAs(outcome, AccountDisabled)
    addSession(slot, succeeded(outcome), harness.clock.now())
  })

/** For steps that need a session. */
const withSession = (
  name: string,
  index: number,
  which: number,
  step: (slot: Slot, session: ModelSession, system: ModelledSystem) => Promise<void>,
) =>
  command(`${name}(${index}, session ${which})`, async (model, system) => {
    const slot = at(model.slots, index)
    if (slot.sessions.length > 0) await step(slot, at(slot.sessions, which), system)
  })

/** @param age 0 for the current refresh token, 1 for the one before. */
const refresh = (index: number, which: number, age: number) =>
  withSession(`refresh ${age} steps old`, index, which, async (slot, session, system) => {
    const token = session.refresh.at(-1 - age)
    if (token === undefined) return
    const now = system.harness.clock.now()
    const outcome = await system.run(() => system.harness.accounts.service.refreshSession(token))
    if (!isLive(slot, session)) return refusedAs(outcome, ExpiredToken)
    if (slot.status === 'disabled') return refusedAs(outcome, AccountDisabled)
    const isRepeat = age === 1 && now.getTime() - session.rotatedAt.getTime() <= 30_000
    if (age > 0 && !isRepeat) {
      session.isRevoked = true
      return refusedAs(outcome, ExpiredToken)
    }
    const { accessJwt, refreshJwt } = succeeded(outcome)
    session.access.push(accessJwt)
    if (isRepeat) return assert.equal(refreshJwt, session.refresh.at(-1))
    assert.ok(!session.refresh.includes(refreshJwt))
    session.refresh.push(refreshJwt)
    session.rotatedAt = now
  })

const logOut = (index: number, which: number) =>
  withSession('logOut', index, which, async (_slot, session, system) => {
    const token = session.refresh.at(-1) ?? ''
    succeeded(await system.run(() => system.harness.accounts.service.logOut(token)))
    session.isRevoked = true
  })

function markDeleted(slot: Slot, now: Date): void {
  slot.wasDisabled = slot.status === 'disabled'
  slot.status = 'deleted'
  slot.epoch++
  slot.purgeAfter = new Date(now.getTime() + 7 * DAY * 1000)
  forgetReset(slot)
}

function forgetReset(slot: Slot): void {
  slot.isResetWanted = false
  if (slot.code !== undefined) slot.spentCodes.push(slot.code.text)
  slot.code = undefined
}

const remove = (index: number, which: number, crash: FaultPoint | undefined) =>
  withSession(`delete ${crash}`, index, which, async (slot, session, system) => {
    const { harness } = system
    const { service } = harness.accounts
    const token = session.access.at(-1) ?? ''
    const now = harness.clock.now()
    const outcome = await system.run(async () => {
      const { did, authTime } = await service.authenticate(token, { allowDisabled: false })
      await service.delete({ did, authTime })
    }, crash)
    if (!isLive(slot, session)) return refusedAs(outcome, ExpiredToken)
    if (slot.status === 'disabled') return refusedAs(outcome, AccountDisabled)
    if (now.getTime() - session.authTime.getTime() >= 15 * 60_000 + 1000) {
      return refusedAs(outcome, ReauthenticationRequired)
    }
    if (crash === 'delete:deleting') return refusedAs(outcome, Crash)
    if (crash === 'delete:deleted') refusedAs(outcome, Crash)
    else succeeded(outcome)
    markDeleted(slot, now)
  })

const requestReset = (index: number) =>
  command(`requestReset(${index})`, async (model, system) => {
    const slot = at(model.slots, index)
    const { service } = system.harness.accounts
    succeeded(await system.run(() => service.requestPasswordReset(slot.email)))
    if (slot.status === 'active') slot.isResetWanted = true
  })

let passwords = 0

const reset = (index: number, isNewest: boolean, crash: FaultPoint | undefined) =>
  command(`reset(${index}, ${isNewest ? 'newest' : 'spent'}, ${crash})`, async (model, system) => {
    const slot = at(model.slots, index)
    const token = isNewest ? slot.code?.text : slot.spentCodes.at(-1)
    if (token === undefined) return
    const { harness } = system
    const password = `new password number ${++passwords}`
    const outcome = await system.run(
      () => harness.accounts.service.resetPassword({ token, password }),
      crash,
    )
    if (!isNewest || slot.code === undefined) return refusedAs(outcome, InvalidResetToken)
    if (slot.code.expiresAt <= harness.clock.now()) return refusedAs(outcome, ExpiredResetToken)
    if (crash === 'reset:hashed' || crash === 'reset:changing') return refusedAs(outcome, Crash)
    if (crash === 'reset:changed') refusedAs(outcome, Crash)
    else succeeded(outcome)
    slot.spentCodes.push(token)
    slot.code = undefined
    slot.password = password
    slot.epoch++
  })

const operatorActions = ['disable', 'enable', 'delete', 'restore', 'purge', 'setPassword'] as const

const operate = (index: number, action: (typeof operatorActions)[number]) =>
  command(`operator.${action}(${index})`, async (model, system) => {
    const { operator } = system.harness.accounts
    const slot = at(model.slots, index)
    const now = system.harness.clock.now()
    const name = slot.did ?? slot.handle
    const password = `operator password ${++passwords}`
    const outcome = await system.run<unknown>(() =>
      action === 'setPassword'
        ? operator.setPassword(name, password)
        : operator[`${action}Account`](name),
    )
    if (slot.status === 'none') return refusedAs(outcome, AccountNotFound)
    const isUsable = slot.status === 'active' || slot.status === 'disabled'
    const isPossible = {
      disable: slot.status === 'active',
      enable: slot.status === 'disabled',
      delete: isUsable,
      restore: slot.status === 'deleted' && slot.purgeAfter !== undefined && slot.purgeAfter > now,
      purge: slot.status === 'deleted',
      setPassword: isUsable,
    }
    if (!isPossible[action]) return refusedAs(outcome, WrongAccountStatus)
    succeeded(outcome)
    if (action === 'disable') {
      slot.status = 'disabled'
      forgetReset(slot)
    } else if (action === 'enable') slot.status = 'active'
    else if (action === 'delete') markDeleted(slot, now)
    else if (action === 'restore') slot.status = slot.wasDisabled ? 'disabled' : 'active'
    else if (action === 'purge') slot.status = 'held'
    else {
      slot.password = password
      slot.epoch++
      forgetReset(slot)
    }
  })

const setMode = (mode: DirectoryMode) =>
  command(`directory is ${mode}`, async (_model, { directory }) => {
    directory.mode = mode
  })

const advance = (seconds: number) =>
  command(`${seconds} s pass`, async (_model, { harness }) => harness.clock.advance(seconds))

/**
 * Hours pass in which other processes do what is due, though the first dies of it: long enough for
 * every lease and every pause.
 */
const runJobs = (crash: FaultPoint | undefined) =>
  command(`jobs run, ${crash}`, async (model, system) => {
    const { harness, mails } = system
    const since = mails.length
    for (const point of [crash, undefined, undefined]) {
      harness.clock.advance(2 * HOUR)
      await system.run(() => harness.accounts.runDueJobs(), point)
    }
    const now = harness.clock.now()
    for (const slot of model.slots) {
      if (slot.status === 'pending') await settlePending(model, system, slot)
      const isDue = slot.purgeAfter !== undefined && slot.purgeAfter <= now
      if (slot.status === 'held' || (slot.status === 'deleted' && isDue)) emptyOut(slot)
      if (!slot.isResetWanted || slot.status !== 'active') continue
      slot.isResetWanted = false
      const mail = mails
        .slice(since)
        .findLast(({ to, text }) => to === slot.email && text.includes('reset the password'))
      const text = /[a-z2-7]{5}-[a-z2-7]{5}/.exec(mail?.text ?? '')?.[0]
      assert.ok(mail !== undefined && text !== undefined, 'a reset mail got lost')
      if (slot.code !== undefined) slot.spentCodes.push(slot.code.text)
      slot.code = { text, expiresAt: new Date(mail.at.getTime() + RESET_TTL * 1000) }
    }
  })

async function settlePending(model: Model, system: ModelledSystem, slot: Slot): Promise<void> {
  const { directory } = system
  if (directory.mode === 'down') return
  const isKnown = slot.did !== undefined && directory.log.has(slot.did)
  if (directory.mode === 'refuses' && !isKnown) {
    const invite = at(model.invites, slot.invite)
    invite.left++
    return emptyOut(slot)
  }
  slot.status = 'active'
  await learn(model, system, slot)
}

const crashIn = (...kinds: readonly string[]): fc.Arbitrary<FaultPoint | undefined> =>
  fc.option(
    fc.constantFrom(...faultPoints.filter((point) => kinds.includes(point.split(':')[0] ?? ''))),
    { nil: undefined, freq: 2 },
  )

/** Mostly the same one, so that stories get long. */
const index = fc.constantFrom(0, 0, 0, 0, 1, 1, 2)
const session = fc.nat(2)
/** Three times of four. */
const mostly = fc.constantFrom(true, true, true, false)

/** Random sequences of everything that can be done. */
export function sequences(
  maxCommands: number,
): fc.Arbitrary<Iterable<fc.AsyncCommand<Model, ModelledSystem>>> {
  return fc.commands<Model, ModelledSystem, false>(
    [
      fc.tuple(index, fc.nat(1), crashIn('create')).map((each) => create(...each)),
      fc.tuple(index, fc.nat(1), fc.constant(undefined)).map((each) => create(...each)),
      fc.tuple(index, mostly, fc.boolean()).map((each) => logIn(...each)),
      fc.tuple(index, session, fc.constantFrom(0, 0, 1, 1, 2)).map((each) => refresh(...each)),
      fc.tuple(index, session).map((each) => logOut(...each)),
      fc.tuple(index, session, crashIn('delete')).map((each) => remove(...each)),
      index.map(requestReset),
      index.map((each) => inARow(requestReset(each), runJobs(undefined))),
      fc.tuple(index, mostly, crashIn('reset')).map((each) => reset(...each)),
      fc.tuple(index, fc.boolean(), fc.constant(undefined)).map((each) => reset(...each)),
      fc.tuple(index, fc.constantFrom(...operatorActions)).map((each) => operate(...each)),
      index.map((each) => inARow(operate(each, 'disable'), operate(each, 'enable'))),
      index.map((each) => inARow(operate(each, 'delete'), operate(each, 'restore'))),
      fc.constantFrom<DirectoryMode[]>('up', 'up', 'down', 'lost', 'refuses').map(setMode),
      fc.constantFrom(20, 60, 1000, 2 * DAY, 8 * DAY).map(advance),
      crashIn('reconcile', 'purge', 'mail').map(runJobs),
      fc.constant(undefined).map(runJobs),
    ],
    { maxCommands, size: 'max' },
  )
}
