import type { StandInDirectory } from './stand-in-directory.ts'
import type { StandInRepository } from './stand-in-repositories.ts'

/**
 * Faults of a change:
 *
 * - `fail`: 500 before anything is done.
 * - `lose-answer`: the change is made, and the connection breaks.
 */
export type UpdateFault = 'fail' | 'lose-answer'

type Answer = readonly [status: number, body: object] | undefined

interface Input {
  readonly did?: string
  readonly handle?: string
  readonly subject?: { readonly did: string }
  readonly takedown?: { readonly applied: boolean; readonly ref?: string }
  readonly deactivated?: { readonly applied: boolean }
}

/** Changes the handles and states of accounts like an official PDS behind an entryway. */
interface StandInStates {
  readonly received: string[]
  readonly faults: UpdateFault[]
  has(nsid: string): boolean
  answer(nsid: string, input: Input): Answer
}

interface StateParts {
  readonly accounts: Map<string, string>
  readonly repositories: ReadonlyMap<string, StandInRepository>
  readonly directory: StandInDirectory
}

export function createStandInStates({
  accounts,
  repositories,
  directory,
}: StateParts): StandInStates {
  const received: string[] = []
  const faults: UpdateFault[] = []
  const refs = new Map<string, string | undefined>()
  const refuse = (message: string, error = 'InvalidRequest'): Answer => [400, { error, message }]

  function change(what: string, make: () => Answer): Answer {
    const fault = faults.shift()
    if (fault === 'fail') return [500, { error: 'InternalServerError' }]
    const answer = make()
    if (answer?.[0] === 200) received.push(what)
    return fault === 'lose-answer' ? undefined : answer
  }

  const methods: Readonly<Record<string, (input: Input) => Answer>> = {
    'com.atproto.admin.getSubjectStatus': ({ did = '' }) => {
      const repository = repositories.get(did)
      if (repository === undefined) return refuse('Subject not found', 'NotFound')
      const takedown = { applied: repository.isTakenDown, ref: refs.get(did) }
      return [200, { subject: { did }, takedown, deactivated: { applied: !repository.isActive } }]
    },
    'com.atproto.admin.updateSubjectStatus': ({ subject, takedown, deactivated }) => {
      const did = subject?.did ?? ''
      const repository = repositories.get(did)
      if (repository === undefined) return refuse('Account not found')
      return change(JSON.stringify({ takedown, deactivated }), () => {
        if (takedown?.applied && deactivated?.applied === false) {
          return refuse('Cannot activate and takedown an account at the same time')
        }
        if (takedown) {
          repository.isTakenDown = takedown.applied
          refs.set(did, takedown.ref)
        }
        if (deactivated) repository.isActive = !deactivated.applied
        return [200, {}]
      })
    },
    'com.atproto.admin.updateAccountHandle': ({ did = '', handle = '' }) =>
      change(handle, () => {
        if (!accounts.has(did) || repositories.get(did)?.isTakenDown) {
          return refuse('Account not found')
        }
        const named = directory.logs.get(did)?.at(-1)?.operation.alsoKnownAs
        if (!Array.isArray(named) || named[0] !== `at://${handle}`) {
          return refuse('Handle does not match DID doc')
        }
        accounts.set(did, handle)
        return [200, {}]
      }),
  }
  return {
    received,
    faults,
    has: (nsid) => nsid in methods,
    answer: (nsid, input) => methods[nsid]?.(input),
  }
}
