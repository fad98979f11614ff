import type { Answer, Calls } from '../scale/calls.ts'
import { Turn } from '../scale/latencies.ts'
import type { Person } from '../scale/people.ts'
import type { Mailbox } from './mailbox.ts'

/** An activity of users, and its frequency. */
export interface Habit {
  readonly name: string
  /** Times per day and person. */
  readonly daily: number
  readonly reason: string
  /**
   * Performs the activity and records each call; it may have several calls, for example one after a
   * mail has arrived.
   */
  readonly act: (world: World, timed: Timed) => Promise<void>
}

/** Runs a call and notes its latency, by default under the name of the habit. */
export type Timed = (call: () => Promise<Answer>, name?: string) => Promise<Answer>

/** Disjoint groups of people, since a reset or a deletion ends sessions. */
export interface World {
  readonly calls: Calls
  readonly mailbox: Mailbox
  readonly present: Turn
  readonly loggingIn: Turn
  readonly forgetful: Turn
  readonly leaving: Turn
  readonly newName: () => string
}

export function createWorld(
  groups: Record<'present' | 'loggingIn' | 'forgetful' | 'leaving', readonly Person[]>,
  { calls, mailbox }: Pick<World, 'calls' | 'mailbox'>,
): World {
  const run = Date.now().toString(36)
  let signedUp = 0
  return {
    calls,
    mailbox,
    present: new Turn(groups.present),
    loggingIn: new Turn(groups.loggingIn),
    forgetful: new Turn(groups.forgetful),
    leaving: new Turn(groups.leaving),
    newName: () => `day-${run}-${signedUp++}`,
  }
}

export const HABITS: readonly Habit[] = [
  {
    name: '`refreshSession`',
    daily: 12,
    reason: 'every two hours, the lifetime of an access token',
    act: async ({ calls, present }, timed) => {
      await timed(() => calls.refresh(present.next()))
    },
  },
  {
    name: '`getSession`',
    daily: 6,
    reason: 'each start of an app',
    act: async ({ calls, present }, timed) => {
      await timed(() => calls.getSession(present.next()))
    },
  },
  {
    name: '`createSession`',
    daily: 1 / 30,
    reason: 'a new device or a new app once a month',
    act: async ({ calls, loggingIn }, timed) => {
      await timed(() => calls.logIn(loggingIn.next(), 'handle'))
    },
  },
  {
    name: '`createAccount`',
    daily: 1 / 200,
    reason: 'half a percent of new people a day',
    act: async ({ calls, newName }, timed) => {
      await timed(() => calls.signUp(newName()))
    },
  },
  {
    name: '`requestPasswordReset`',
    daily: 1 / 500,
    reason: 'a password forgotten in one of sixteen log-ins',
    act: async ({ calls, mailbox, forgetful }, timed) => {
      const person = forgetful.next()
      await timed(() => calls.requestReset(person))
      const code = await mailbox.codeFor(person.email)
      await timed(() => calls.reset(code), '`resetPassword`')
    },
  },
  {
    name: '`account.delete`',
    daily: 1 / 2000,
    reason: 'a tenth of those who sign up; after a log-in',
    act: async ({ calls, leaving }, timed) => {
      const session = await timed(() => calls.logIn(leaving.next(), 'handle'), '`createSession`')
      if (session.status !== 200) return
      await timed(() => calls.deleteAccount(JSON.parse(session.body).accessJwt))
    },
  },
]
