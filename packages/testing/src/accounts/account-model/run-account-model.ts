import fc from 'fast-check'
import type { Kysely } from 'kysely'
import { createSlot, type Model } from './model.ts'
import { sequences } from './sequences.ts'
import { openModelledSystem } from './system.ts'

export interface ModelRun {
  /** Number of sequences. */
  readonly runs: number
  /** Maximum steps of a sequence. */
  readonly steps: number
  readonly seed?: number
}

/**
 * Runs random sequences of all methods and operator actions, with crashes, outages and passing
 * time, against the real module, and compares it with a model after each step. Throws fast-check's
 * report of the shortest sequence that differs.
 */
export async function runAccountModel(
  db: Kysely<unknown>,
  { runs, steps, seed }: ModelRun,
): Promise<void> {
  const system = await openModelledSystem(db)
  const { service } = system.harness.accounts
  let count = 0
  try {
    await fc.assert(
      fc.asyncProperty(sequences(steps), async (sequence) => {
        const run = (++count).toString(36).padStart(4, '0')
        system.directory.mode = 'up'
        const invites: { code: string; left: number }[] = []
        for (const uses of [3, 9]) {
          const code = await service.createInviteCode({ useCount: uses, createdBy: 'model' })
          invites.push({ code, left: uses })
        }
        const setup = (): { model: Model; real: typeof system } => ({
          model: {
            slots: ['a', 'b', 'c'].map((name) => createSlot(`m${run}${name}`)),
            invites,
            dids: new Map(),
          },
          real: system,
        })
        await fc.asyncModelRun(setup, sequence)
      }),
      { numRuns: runs, ...(seed !== undefined && { seed }) },
    )
  } finally {
    await system.close()
  }
}
