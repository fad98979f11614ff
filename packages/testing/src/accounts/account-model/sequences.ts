import fc from 'fast-check'
import { type FaultPoint, faultPoints } from '../fault-points.ts'
import type { Model } from './model.ts'
import { operate, operatorActions } from './operator-commands.ts'
import { create, remove, requestReset, reset } from './owner-commands.ts'
import { logIn, logOut, refresh } from './session-commands.ts'
import { type Command, DAY, inARow } from './steps.ts'
import type { DirectoryMode, ModelledSystem } from './system.ts'
import { advance, runJobs, setMode } from './world-commands.ts'

const crashIn = (...kinds: readonly string[]): fc.Arbitrary<FaultPoint | undefined> =>
  fc.option(
    fc.constantFrom(...faultPoints.filter((point) => kinds.includes(point.split(':')[0] ?? ''))),
    { nil: undefined, freq: 2 },
  )

/** Mostly the same slot, for long histories. */
const index = fc.constantFrom(0, 0, 0, 0, 1, 1, 2)
const session = fc.nat(2)
/** True three times out of four. */
const mostly = fc.constantFrom(true, true, true, false)

/** Random sequences of all commands. */
export function sequences(maxCommands: number): fc.Arbitrary<Iterable<Command>> {
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
