import assert from 'node:assert/strict'
import {
  AccountDisabled,
  ExpiredResetToken,
  ExpiredToken,
  HandleNotAvailable,
  IdentityRefused,
  InvalidInviteCode,
  InvalidResetToken,
  ReauthenticationRequired,
  TemporarilyUnavailable,
} from '@lexwright/account'
import type { FaultPoint } from '../fault-points.ts'
import { emptyOut, FIRST_PASSWORD, isLive, learn } from './model.ts'
import { withSession } from './session-commands.ts'
import {
  addSession,
  at,
  type Command,
  command,
  DAY,
  markDeleted,
  refusedAs,
  succeeded,
} from './steps.ts'
import { Crash } from './system.ts'

export const create = (
  index: number,
  inviteIndex: number,
  crash: FaultPoint | undefined,
): Command =>
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
    const resumes = isUnanswered && (model.invites[slot.invite] === invite || invite.left > 0)
    const wasPending = slot.status === 'pending'
    const outcome = await system.run(
      () =>
        harness.accounts.service.create(
          {
            handle: slot.handle,
            email: slot.email,
            password: FIRST_PASSWORD,
            inviteCode: invite.code,
          },
          'unlimited',
        ),
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
      at(model.invites, slot.invite).left++
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

export const remove = (index: number, which: number, crash: FaultPoint | undefined): Command =>
  withSession(`delete ${crash}`, index, which, async (slot, session, system) => {
    const { harness } = system
    const { service } = harness.accounts
    const token = session.access.at(-1) ?? ''
    const now = harness.clock.now()
    const outcome = await system.run(async () => {
      const { did, authTime } = await service.authenticate(token, { allowDisabled: false })
      await service.delete({ did, authTime }, 'unlimited')
    }, crash)
    if (slot.status === 'disabled') return refusedAs(outcome, AccountDisabled)
    if (!isLive(slot, session)) return refusedAs(outcome, ExpiredToken)
    if (now.getTime() - session.authTime.getTime() >= 15 * 60_000 + 1000) {
      return refusedAs(outcome, ReauthenticationRequired)
    }
    if (crash === 'delete:deleting') return refusedAs(outcome, Crash)
    if (crash === 'delete:deleted') refusedAs(outcome, Crash)
    else succeeded(outcome)
    markDeleted(slot, now)
  })

export const requestReset = (index: number): Command =>
  command(`requestReset(${index})`, async (model, system) => {
    const slot = at(model.slots, index)
    const { service } = system.harness.accounts
    succeeded(await system.run(() => service.requestPasswordReset(slot.email, 'unlimited')))
    if (slot.status === 'active') slot.isResetWanted = true
  })

let passwords = 0

export const reset = (index: number, isNewest: boolean, crash: FaultPoint | undefined): Command =>
  command(`reset(${index}, ${isNewest ? 'newest' : 'spent'}, ${crash})`, async (model, system) => {
    const slot = at(model.slots, index)
    const token = isNewest ? slot.code?.text : slot.spentCodes.at(-1)
    if (token === undefined) return
    const { harness } = system
    const password = `new password number ${++passwords}`
    const outcome = await system.run(
      () => harness.accounts.service.resetPassword({ token, password }, 'unlimited'),
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
