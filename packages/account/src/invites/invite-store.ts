import type { ExpressionBuilder, ExpressionWrapper, SqlBool } from 'kysely'
import type { Queries } from '../db/database.ts'
import type { AccountTables } from '../db/tables.ts'
import { toDate } from '../db/timestamps.ts'

export interface NewInvite {
  readonly code: string
  readonly uses: number
  readonly createdBy: string
  readonly createdAt: Date
  /** The DID of the owning account. */
  readonly forAccount: string | null
}

export interface StoredInvite {
  readonly code: string
  /** The DID of the owning account. */
  readonly forAccount: string | null
  readonly usesGranted: number
  readonly usesLeft: number
  readonly createdBy: string
  readonly createdAt: Date
  readonly disabledAt: Date | null
}

export interface InviteUse {
  readonly code: string
  readonly usedBy: string
  readonly usedAt: Date
}

export interface InviteBlock {
  readonly at: Date
  /** The operator's reason. */
  readonly note: string | null
}

export interface InviteListQuery {
  /** True to list only codes with uses left. */
  readonly usable: boolean
  readonly order: 'recent' | 'usage'
  /** Cursor: continues after this code. */
  readonly after?: Pick<StoredInvite, 'createdAt' | 'code'>
  readonly limit: number
}

export interface InviteStore {
  /** False if the code already exists. */
  insert(invite: NewInvite): Promise<boolean>
  isUsable(code: string): Promise<boolean>
  /** Takes one use; false if none is left, or the code is unknown or disabled. */
  take(code: string): Promise<boolean>
  /** Returns one use. */
  giveBack(code: string): Promise<void>
  find(code: string): Promise<StoredInvite | undefined>
  /** Newest first. */
  list(query: InviteListQuery): Promise<readonly StoredInvite[]>
  /** Invite codes that belong to an account, newest first. */
  listFor(did: string): Promise<readonly StoredInvite[]>
  /** The accounts created with these codes. */
  listUses(codes: readonly string[]): Promise<readonly InviteUse[]>
  /** Disables the codes of accounts. */
  disableFor(dids: readonly string[], at: Date): Promise<void>
  /** Blocks new codes for an account, or unblocks them; false if there is no such account. */
  setBlocked(did: string, block: InviteBlock | null): Promise<boolean>
  isBlocked(did: string): Promise<boolean>
  /** False if the code is unknown or already disabled. */
  disable(code: string, at: Date): Promise<boolean>
}

// Listed by name: a prepared `select *` fails once a later release adds a column.
const COLUMNS = [
  'code',
  'for_account',
  'uses_granted',
  'uses_left',
  'created_by',
  'created_at',
  'disabled_at',
] as const

/** True unless the owner of the code is taken down; codes without an owner count. */
function ownerIsInGoodStanding(
  eb: ExpressionBuilder<AccountTables, 'invite_code'>,
): ExpressionWrapper<AccountTables, 'invite_code', SqlBool> {
  return eb.not(
    eb.exists(
      eb
        .selectFrom('account')
        .select('account.did')
        .whereRef('account.did', '=', 'invite_code.for_account')
        .where('account.status', '=', 'disabled'),
    ),
  )
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
          for_account: invite.forAccount,
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
        .where(ownerIsInGoodStanding)
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
        .where(ownerIsInGoodStanding)
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
        .select(COLUMNS)
        .where('code', '=', code)
        .executeTakeFirst()
      return row && toInvite(row)
    },

    list: async ({ usable, order, after, limit }) => {
      let query = queries
        .selectFrom('invite_code')
        .select(COLUMNS)
        .$if(order === 'usage', (usage) =>
          usage.orderBy((eb) => eb('uses_granted', '-', eb.ref('uses_left')), 'desc'),
        )
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

    listFor: async (did) => {
      const rows = await queries
        .selectFrom('invite_code')
        .select(COLUMNS)
        .where('for_account', '=', did)
        .orderBy('created_at', 'desc')
        .orderBy('code')
        .execute()
      return rows.map(toInvite)
    },

    listUses: async (codes) => {
      if (codes.length === 0) return []
      const rows = await queries
        .selectFrom('account')
        .select(['invite_code', 'did', 'created_at'])
        .where('invite_code', 'in', codes)
        .where('status', '<>', 'pending')
        .orderBy('created_at')
        .execute()
      return rows.map((row) => ({
        code: row.invite_code ?? '',
        usedBy: row.did,
        usedAt: toDate(row.created_at),
      }))
    },

    disableFor: async (dids, at) => {
      if (dids.length === 0) return
      await queries
        .updateTable('invite_code')
        .set({ disabled_at: at })
        .where('for_account', 'in', dids)
        .where('disabled_at', 'is', null)
        .execute()
    },

    setBlocked: async (did, block) => {
      const { numUpdatedRows } = await queries
        .updateTable('account')
        .set({ invites_disabled_at: block?.at ?? null, invite_note: block?.note ?? null })
        .where('did', '=', did)
        .executeTakeFirstOrThrow()
      return numUpdatedRows === 1n
    },

    isBlocked: async (did) => {
      const row = await queries
        .selectFrom('account')
        .select('did')
        .where('did', '=', did)
        .where('invites_disabled_at', 'is not', null)
        .executeTakeFirst()
      return row !== undefined
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
  readonly for_account: string | null
  readonly uses_granted: number
  readonly uses_left: number
  readonly created_by: string
  readonly created_at: Date | string
  readonly disabled_at: Date | string | null
}

function toInvite(row: InviteRow): StoredInvite {
  return {
    code: row.code,
    forAccount: row.for_account,
    usesGranted: row.uses_granted,
    usesLeft: row.uses_left,
    createdBy: row.created_by,
    createdAt: toDate(row.created_at),
    disabledAt: row.disabled_at === null ? null : toDate(row.disabled_at),
  }
}
