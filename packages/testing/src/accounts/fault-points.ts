import type { CompiledQuery, Kysely } from 'kysely'
import { watchDatabase } from './watched-database.ts'

/**
 * A step at which a process may die, each leaving a different state. `…-ing` is inside the
 * transaction, just before its commit.
 */
export type FaultPoint =
  | 'create:hashed'
  | 'create:reserving'
  | 'create:reserved'
  | 'create:published'
  | 'create:activating'
  | 'create:activated'
  | 'reconcile:claimed'
  | 'reconcile:published'
  | 'delete:deleting'
  | 'delete:deleted'
  | 'purge:purging'
  | 'purge:purged'
  | 'reset:hashed'
  | 'reset:changing'
  | 'reset:changed'
  | 'removal:claimed'
  | 'removal:signed'
  | 'removal:sent'
  | 'removal:finishing'
  | 'removal:finished'
  | 'handle:finishing'
  | 'handle:finished'
  // Fault points of an entryway.
  | 'host:claimed'
  | 'host:updated'
  | 'host:removed'
  | 'mail:claimed'
  | 'mail:prepared'
  | 'mail:sent'
  | 'mail:done'

/** A database call of the account module, and the side of it on which the process dies. */
interface Moment {
  readonly side: 'before' | 'after'
  readonly call: 'statement' | 'commit'
  /** Matches the statement, or one that the transaction must contain. */
  readonly of: Match
  /** Only if the statement returned rows. */
  readonly hasRows?: boolean
}

type Match = (statement: CompiledQuery) => boolean

const starts =
  (text: string): Match =>
  ({ sql }) =>
    sql.replaceAll('"lexwright_account".', '').startsWith(text)

/** Matches the audit entry of an event; each transaction writes one. */
const logs =
  (event: string): Match =>
  (statement) =>
    starts('insert into "audit_log"')(statement) && statement.parameters.includes(event)

const reserves = starts('insert into "account"')
const activates = starts('update "account" set "status" = $1, "activated_at"')
const opensSession = starts('insert into "session"')
const claims = (table: string): Match => {
  const isClaim = starts('with "due" as')
  return (statement) => isClaim(statement) && statement.sql.includes(`."${table}" set`)
}

const moments: Readonly<Record<FaultPoint, Moment>> = {
  // The password is hashed and nothing written.
  'create:hashed': { side: 'before', call: 'statement', of: reserves },
  'create:reserving': { side: 'before', call: 'commit', of: reserves },
  'create:reserved': { side: 'after', call: 'commit', of: reserves },
  // The directory has the DID, which is not recorded yet.
  'create:published': { side: 'before', call: 'statement', of: activates },
  'create:activating': { side: 'before', call: 'commit', of: logs('account.created') },
  'create:activated': { side: 'after', call: 'commit', of: opensSession },
  'reconcile:claimed': {
    side: 'after',
    call: 'statement',
    of: claims('did_operation'),
    hasRows: true,
  },
  'reconcile:published': { side: 'before', call: 'statement', of: activates },
  'delete:deleting': { side: 'before', call: 'commit', of: logs('account.deleted') },
  'delete:deleted': { side: 'after', call: 'commit', of: logs('account.deleted') },
  'purge:purging': { side: 'before', call: 'commit', of: logs('account.purged') },
  'purge:purged': { side: 'after', call: 'commit', of: logs('account.purged') },
  'reset:hashed': {
    side: 'before',
    call: 'statement',
    of: starts('update "account" set "password_hash" = $1, "password_changed_at"'),
  },
  'reset:changing': { side: 'before', call: 'commit', of: logs('password.reset') },
  'reset:changed': { side: 'after', call: 'commit', of: logs('password.reset') },
  'removal:claimed': {
    side: 'after',
    call: 'statement',
    of: claims('did_update'),
    hasRows: true,
  },
  // The update is stored and not sent yet.
  'removal:signed': {
    side: 'after',
    call: 'statement',
    of: starts('update "did_update" set "operation"'),
  },
  // The directory has the update, which is not recorded yet.
  'removal:sent': {
    side: 'before',
    call: 'statement',
    of: starts('update "account" set "recovery_key"'),
  },
  'removal:finishing': { side: 'before', call: 'commit', of: logs('recovery-key.removed') },
  'removal:finished': { side: 'after', call: 'commit', of: logs('recovery-key.removed') },
  'handle:finishing': { side: 'before', call: 'commit', of: logs('handle.changed') },
  'handle:finished': { side: 'after', call: 'commit', of: logs('handle.changed') },
  'host:claimed': {
    side: 'after',
    call: 'statement',
    of: claims('entryway_outbox'),
    hasRows: true,
  },
  // The host has the update, which is not recorded yet.
  'host:updated': {
    side: 'before',
    call: 'statement',
    of: starts('delete from "entryway_outbox"'),
  },
  'host:removed': {
    side: 'before',
    call: 'statement',
    of: starts('delete from "entryway_account"'),
  },
  'mail:claimed': { side: 'after', call: 'statement', of: claims('outbox'), hasRows: true },
  'mail:prepared': {
    side: 'after',
    call: 'commit',
    of: ({ sql }) => /^select .* from "lexwright_account"."outbox"/.test(sql),
  },
  // The mail is sent and still in the outbox.
  'mail:sent': { side: 'before', call: 'statement', of: starts('delete from "outbox" where "id"') },
  'mail:done': { side: 'after', call: 'statement', of: starts('delete from "outbox" where "id"') },
}

export const faultPoints: readonly FaultPoint[] = Object.keys(moments) as FaultPoint[]

/** Wraps a database of the account module to call `reach` at every fault point. */
export function withFaultPoints(
  db: Kysely<unknown>,
  reach: (point: FaultPoint) => void,
): Kysely<unknown> {
  const pass = (
    { side, call }: Pick<Moment, 'side' | 'call'>,
    statements: readonly CompiledQuery[],
    rows = 0,
  ): void => {
    for (const point of faultPoints) {
      const moment = moments[point]
      if (moment.side !== side || moment.call !== call) continue
      if (moment.hasRows && rows === 0) continue
      if (statements.some(moment.of)) reach(point)
    }
  }
  return watchDatabase(db, {
    beforeStatement: (statement) => pass({ side: 'before', call: 'statement' }, [statement]),
    afterStatement: (statement, rows) =>
      pass({ side: 'after', call: 'statement' }, [statement], rows),
    beforeCommit: (statements) => pass({ side: 'before', call: 'commit' }, statements),
    afterCommit: (statements) => pass({ side: 'after', call: 'commit' }, statements),
  })
}
