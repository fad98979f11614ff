import type { Queries } from '../db/database.ts'
import { toDate } from '../db/timestamps.ts'

export interface NewInvite {
  readonly code: string
  readonly uses: number
  readonly createdBy: string
  readonly createdAt: Date
}

export interface StoredInvite {
  readonly code: string
  readonly usesGranted: number
  readonly usesLeft: number
  readonly createdBy: string
  readonly createdAt: Date
  readonly disabledAt: Date | null
}

export interface InviteListQuery {
  /** Only codes that still admit somebody. */
  readonly usable: boolean
  /** Continues after this one. */
  readonly after?: Pick<StoredInvite, 'createdAt' | 'code'>
  readonly limit: number
}

export interface InviteStore {
  /** False if there is such a code already. */
  insert(invite: NewInvite): Promise<boolean>
  isUsable(code: string): Promise<boolean>
  /** Takes one use; false if there is none, or no such code, or it is disabled. */
  take(code: string): Promise<boolean>
  /** Gives one use back. */
  giveBack(code: string): Promise<void>
  find(code: string): Promise<StoredInvite | undefined>
  /** Newest first. */
  list(query: InviteListQuery): Promise<readonly StoredInvite[]>
  /** False if there is no such code, or it is disabled already. */
  disable(code: string, at: Date): Promise<boolean>
}

export function createInviteStore(queries: Queries): InviteStore {
  return {
    insert: async (invite) => {
      const row = await queries
        .insertInto('invite_code')
        .values({
          code: invite.code,
          uses_granted: invite.uses,
          uses_left: invite.uses,
          created_by: invite.createdBy,
          created_at: invite.createdAt,
        })
        .onConflict((conflict) => conflict.column('code').doNothing())
        .returning('code')
        .executeTakeFirst()
      return row !== undefined
    },

    isUsable: async (code) => {
      const row = await queries
        .selectFrom('invite_code')
        .select('code')
        .where('code', '=', code)
        .where('uses_left', '>', 0)
        .where('disabled_at', 'is', null)
        .executeTakeFirst()
      return row !== undefined
    },

    take: async (code) => {
      const { numUpdatedRows } = await queries
        .updateTable('invite_code')
        .set((eb) => ({ uses_left: eb('uses_left', '-', 1) }))
        .where('code', '=', code)
        .where('uses_left', '>', 0)
        .where('disabled_at', 'is', null)
        .executeTakeFirstOrThrow()
      return numUpdatedRows === 1n
    },

    giveBack: async (code) => {
      await queries
        .updateTable('invite_code')
        .set((eb) => ({ uses_left: eb('uses_left', '+', 1) }))
        .where('code', '=', code)
        .execute()
    },

    find: async (code) => {
      const row = await queries
        .selectFrom('invite_code')
        .selectAll()
        .where('code', '=', code)
        .executeTakeFirst()
      return row && toInvite(row)
    },

    list: async ({ usable, after, limit }) => {
      let query = queries
        .selectFrom('invite_code')
        .selectAll()
        .orderBy('created_at', 'desc')
        .orderBy('code', 'desc')
        .limit(limit)
      if (usable) query = query.where('uses_left', '>', 0).where('disabled_at', 'is', null)
      if (after !== undefined) {
        query = query.where((eb) =>
          eb(eb.refTuple('created_at', 'code'), '<', eb.tuple(after.createdAt, after.code)),
        )
      }
      return (await query.execute()).map(toInvite)
    },

    disable: async (code, at) => {
      const { numUpdatedRows } = await queries
        .updateTable('invite_code')
        .set({ disabled_at: at })
        .where('code', '=', code)
        .where('disabled_at', 'is', null)
        .executeTakeFirstOrThrow()
      return numUpdatedRows === 1n
    },
  }
}

interface InviteRow {
  readonly code: string
  readonly uses_granted: number
  readonly uses_left: number
  readonly created_by: string
  readonly created_at: Date | string
  readonly disabled_at: Date | string | null
}

function toInvite(row: InviteRow): StoredInvite {
  return {
    code: row.code,
    usesGranted: row.uses_granted,
    usesLeft: row.uses_left,
    createdBy: row.created_by,
    createdAt: toDate(row.created_at),
    disabledAt: row.disabled_at === null ? null : toDate(row.disabled_at),
  }
}
