import assert from 'node:assert/strict'
import type fc from 'fast-check'
import { assertHolds, type Model, type Slot } from './model.ts'
import type { ModelledSystem, Outcome } from './system.ts'

export const HOUR: number = 60 * 60
export const DAY: number = 24 * HOUR

/** A step of fast-check. */
export type Command = fc.AsyncCommand<Model, ModelledSystem>

type Step = (model: Model, system: ModelledSystem) => Promise<void>
type Refusal = abstract new (...parameters: never[]) => Error

/** A named step of fast-check that asserts every invariant afterwards. */
export function command(name: string, step: Step): Command {
  return {
    check: () => true,
    run: async (model, system) => {
      await step(model, system)
      await assertHolds(model, system)
    },
    toString: () => name,
  }
}

/** Runs related steps in a row that random sequences would seldom combine. */
export function inARow(...steps: readonly Command[]): Command {
  return command(steps.join(', '), async (model, system) => {
    for (const step of steps) await step.run(model, system)
  })
}

export function refusedAs(outcome: Outcome<unknown>, ...refusals: readonly Refusal[]): void {
  const names = refusals.map(({ name }) => name)
  assert.ok(
    refusals.some((refusal) => outcome.error instanceof refusal),
    `${outcome.error?.constructor.name ?? 'success'} instead of ${names.join(' or ')}`,
  )
}

export function succeeded<Result>(outcome: Outcome<Result>): Result {
  if (outcome.error !== undefined) throw outcome.error
  return outcome.value
}

export function at<Item>(items: readonly Item[], index: number): Item {
  const item = items[index % items.length]
  if (item === undefined) throw new Error('nothing to choose from')
  return item
}

interface Tokens {
  readonly accessJwt: string
  readonly refreshJwt: string
}

export function addSession(slot: Slot, tokens: Tokens | undefined, now: Date): void {
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

export function markDeleted(slot: Slot, now: Date): void {
  slot.wasDisabled = slot.status === 'disabled'
  slot.status = 'deleted'
  slot.epoch++
  slot.purgeAfter = new Date(now.getTime() + 7 * DAY * 1000)
  forgetReset(slot)
}

export function forgetReset(slot: Slot): void {
  slot.isResetWanted = false
  if (slot.code !== undefined) slot.spentCodes.push(slot.code.text)
  slot.code = undefined
}
