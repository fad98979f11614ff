import assert from 'node:assert/strict'
import { AccountDisabled, ExpiredToken, WrongCredentials } from '@lexwright/account'
import { isLive, type ModelSession, type Slot } from './model.ts'
import { addSession, at, type Command, command, refusedAs, succeeded } from './steps.ts'
import type { ModelledSystem } from './system.ts'

export const logIn = (index: number, isRight: boolean, byEmail: boolean): Command =>
  command(`logIn(${index}, ${isRight ? 'right' : 'wrong'})`, async (model, system) => {
    const { harness } = system
    const slot = at(model.slots, index)
    const outcome = await system.run(() =>
      harness.accounts.service.logIn(
        {
          name: byEmail ? slot.email : slot.handle,
          password: isRight ? slot.password : 'a wrong password',
        },
        'unlimited',
      ),
    )
    if (!isRight || (slot.status !== 'active' && slot.status !== 'disabled')) {
      return refusedAs(outcome, WrongCredentials)
    }
    if (slot.status === 'disabled') return refusedAs(outcome, AccountDisabled)
    addSession(slot, succeeded(outcome), harness.clock.now())
  })

/** Runs a step only if there is a session. */
export const withSession = (
  name: string,
  index: number,
  which: number,
  step: (slot: Slot, session: ModelSession, system: ModelledSystem) => Promise<void>,
): Command =>
  command(`${name}(${index}, session ${which})`, async (model, system) => {
    const slot = at(model.slots, index)
    if (slot.sessions.length > 0) await step(slot, at(slot.sessions, which), system)
  })

/** @param age 0 for the current refresh token, 1 for the one before. */
export const refresh = (index: number, which: number, age: number): Command =>
  withSession(`refresh ${age} steps old`, index, which, async (slot, session, system) => {
    const token = session.refresh.at(-1 - age)
    if (token === undefined) return
    const now = system.harness.clock.now()
    const outcome = await system.run(() =>
      system.harness.accounts.service.refreshSession(token, 'unlimited'),
    )
    if (slot.status === 'disabled') return refusedAs(outcome, AccountDisabled)
    if (!isLive(slot, session)) return refusedAs(outcome, ExpiredToken)
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

export const logOut = (index: number, which: number): Command =>
  withSession('logOut', index, which, async (_slot, session, system) => {
    const token = session.refresh.at(-1) ?? ''
    succeeded(await system.run(() => system.harness.accounts.service.logOut(token)))
    session.isRevoked = true
  })
