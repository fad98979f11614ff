import assert from 'node:assert/strict'
import type { FaultPoint } from '../fault-points.ts'
import { emptyOut, learn, type Model, type Slot } from './model.ts'
import { at, type Command, command, HOUR } from './steps.ts'
import { type DirectoryMode, type ModelledSystem, RESET_TTL } from './system.ts'

export const setMode = (mode: DirectoryMode): Command =>
  command(`directory is ${mode}`, async (_model, { directory }) => {
    directory.mode = mode
  })

export const advance = (seconds: number): Command =>
  command(`${seconds} s pass`, async (_model, { harness }) => harness.clock.advance(seconds))

/**
 * Hours pass in which other processes run due jobs, even if the first one crashes: longer than
 * every lease and backoff.
 */
export const runJobs = (crash: FaultPoint | undefined): Command =>
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
