import { type LexMap, parseCid } from '@atproto/lex-data'
import { BlockMap } from '@atproto/repo'
import type { AccountChange, AccountHooks } from '@lexwright/account'
import { sql } from 'kysely'
import type { Tables, Tx } from './database.ts'
import { appendEvent } from './events.ts'
import { appendSync } from './repos.ts'

/**
 * Updates the PDS's own row of an account and appends an event for subscribers, in the transaction of each change to the
 * account.
 */
export const accountHooks: AccountHooks<Tables> = {
  async onAccountChanged(change, tx) {
    const { did } = change
    const repo = tx.updateTable('pds.repo').where('did', '=', did)
    switch (change.kind) {
      case 'created': {
        const { handle } = change
        await tx.insertInto('pds.repo').values({ did, handle, head: null, rev: null }).execute()
        await appendIdentity(tx, did, { handle })
        return await appendStatus(tx, did)
      }
      case 'handle-changed':
        await repo.set({ handle: change.handle }).execute()
        return await appendIdentity(tx, did, { handle: change.handle })
      case 'handle-proven':
        return await appendIdentity(tx, did, { handle: change.handle })
      case 'handle-unproven':
        return await appendIdentity(tx, did, { handle: 'handle.invalid' })
      case 'identity-changed':
        return await appendIdentity(tx, did)
      case 'purged':
        for (const table of ['pds.blob', 'pds.record', 'pds.block', 'pds.repo'] as const) {
          await tx.deleteFrom(table).where('did', '=', did).execute()
        }
        await sql`delete from pds.event where did = ${did} and type != 'account'`.execute(tx)
        return
      default: {
        const status = STATUS[change.kind]
        if (status === undefined) return
        await repo.set(status).execute()
        await appendStatus(tx, did)
      }
    }
  },
}

const STATUS: Partial<Record<AccountChange['kind'], Readonly<Record<string, boolean>>>> = {
  activated: { deactivated: false },
  deactivated: { deactivated: true },
  disabled: { taken_down: true },
  enabled: { taken_down: false },
  deleted: { deleted: true },
  restored: { deleted: false },
}

async function appendIdentity(tx: Tx, did: string, body: LexMap = {}): Promise<void> {
  await appendEvent(tx, { did, type: 'identity', body: { did, ...body } })
}

/** Tells the status of an account; and where its repository is, which may have been imported meanwhile. */
async function appendStatus(tx: Tx, did: string): Promise<void> {
  // An account that moves in is created and deactivated in one transaction, whose time is now(): only the end counts.
  await sql`delete from pds.event
    where did = ${did} and type = 'account' and seq is null and at = now()`.execute(tx)
  const { status, rev, head, bytes } = await tx
    .selectFrom('pds.repo as repo')
    .leftJoin('pds.block as block', (join) =>
      join.onRef('block.did', '=', 'repo.did').onRef('block.cid', '=', 'repo.head'),
    )
    .select(['status', 'repo.rev', 'head', 'bytes'])
    .where('repo.did', '=', did)
    .executeTakeFirstOrThrow()
  const active = status === 'active'
  const body = { did, active, ...(!active && { status }) }
  await appendEvent(tx, { did, type: 'account', body })
  if (!active || rev === null || head === null || bytes === null) return
  const cid = parseCid(head)
  await appendSync(tx, did, { cid, rev, newBlocks: new BlockMap([[cid, bytes]]) })
}
