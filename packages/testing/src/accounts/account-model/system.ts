import { AccountError, PublicationRefused } from '@lexwright/account'
import { type Kysely, sql } from 'kysely'
import { type AccountHarness, openAccountHarness, testModuleOptions } from '../account-harness.ts'
import { type FaultPoint, withFaultPoints } from '../fault-points.ts'

/** A simulated crash of the process. */
export class Crash extends Error {
  override readonly name = 'Crash'
}

/**
 * - `up`: accepts every operation.
 * - `down`: unreachable.
 * - `lost`: accepts an operation, but the answer is lost.
 * - `refuses`: accepts nothing new.
 */
export type DirectoryMode = 'up' | 'down' | 'lost' | 'refuses'

/** The real system that the model is compared with. */
export interface ModelledSystem {
  readonly db: Kysely<unknown>
  readonly harness: AccountHarness
  readonly directory: {
    mode: DirectoryMode
    /** Operations by DID. */
    readonly log: Map<string, string>
  }
  /** Mails with the time of sending. */
  readonly mails: { readonly to: string; readonly text: string; readonly at: Date }[]
  /** Runs an operation that crashes at a fault point, if it reaches it. */
  run<Result>(operation: () => Promise<Result>, crash?: FaultPoint): Promise<Outcome<Result>>
  close(): Promise<void>
}

export type Outcome<Result> =
  | { readonly value: Result; readonly error?: never }
  | { readonly value?: never; readonly error: AccountError | Crash }

export const RESET_TTL: number = 24 * 60 * 60

export async function openModelledSystem(db: Kysely<unknown>): Promise<ModelledSystem> {
  const directory: ModelledSystem['directory'] = { mode: 'up', log: new Map() }
  const mails: { to: string; text: string; at: Date }[] = []
  let armed: FaultPoint | undefined
  const YEARS = 10 * 365 * 24 * 60 * 60
  const { policy } = await testModuleOptions({
    inviteRequired: true,
    handleHold: 0,
    accessTtl: YEARS,
    refreshTtl: YEARS,
    sessionTtl: YEARS,
    refreshGrace: 30,
    resetTokenTtl: RESET_TTL,
  })
  const mortal = withFaultPoints(db, (point) => {
    if (point !== armed) return
    armed = undefined
    throw new Crash(point)
  })
  const harness: AccountHarness = await openAccountHarness(mortal, {
    policy,
    mailer: {
      send: async ({ to, text }) => void mails.push({ to, text, at: harness.clock.now() }),
    },
    identity: {
      publish: async ({ did, operation }) => {
        if (directory.mode === 'down') throw new Error('the directory is down')
        if (directory.log.get(did) === operation) return 'published'
        if (directory.mode === 'refuses') throw new PublicationRefused('the directory refuses')
        directory.log.set(did, operation)
        if (directory.mode === 'lost') throw new Error('the answer got lost')
        return 'published'
      },
    },
  })
  return {
    db,
    harness,
    directory,
    mails,
    run: async (operation, crash) => {
      armed = crash
      try {
        return { value: await operation() }
      } catch (error) {
        // Any other error is a fault of the module.
        if (error instanceof Crash || error instanceof AccountError) return { error }
        throw error
      } finally {
        armed = undefined
      }
    },
    close: () => harness.close(),
  }
}

export interface StoredAccount {
  readonly did: string
  readonly status: string
  readonly activatedAt: Date | undefined
  readonly isPurged: boolean
}

/** The database rows of a handle. */
export async function readAccount(
  { db }: ModelledSystem,
  handle: string,
): Promise<StoredAccount | undefined> {
  const { rows } = await sql<{
    did: string
    status: string
    activated_at: Date | string | null
    is_purged: boolean
  }>`select did, status, activated_at, purged_at is not null as is_purged
    from lexwright_account.account where handle = ${handle}`.execute(db)
  const row = rows[0]
  return (
    row && {
      did: row.did,
      status: row.status,
      activatedAt: row.activated_at === null ? undefined : new Date(row.activated_at),
      isPurged: row.is_purged,
    }
  )
}

export async function readUsesLeft({ db }: ModelledSystem, code: string): Promise<number> {
  const { rows } = await sql<{ uses_left: number }>`
    select uses_left from lexwright_account.invite_code where code = ${code}`.execute(db)
  return rows[0]?.uses_left ?? -1
}
