import type { AccountChange, AccountHooks } from '@lexwright/account'
import { sql } from 'kysely'
import type { Tx } from './database.ts'
import { appendEvent, appendSync } from './events.ts'

/** Updates the PDS's own row of an account and appends an event, in the transaction of each change to the account. */
export const accountHooks: AccountHooks<unknown> = {
  async onAccountChanged(change, tx) {
    const { did } = change
    switch (change.kind) {
      case 'created': {
        const { handle } = change
        await sql`insert into pds.repo (did, handle) values (${did}, ${handle})`.execute(tx)
        await appendIdentity(tx, did, handle)
        return await appendStatus(tx, did)
      }
      case 'handle-changed':
      case 'handle-proven':
        await sql`update pds.repo set handle = ${change.handle} where did = ${did}`.execute(tx)
        return await appendIdentity(tx, did, change.handle)
      case 'handle-unproven':
        return await appendIdentity(tx, did, 'handle.invalid')
      case 'identity-changed':
        return await appendIdentity(tx, did)
      case 'purged':
        for (const table of ['blob', 'record', 'block', 'repo']) {
          await sql`delete from ${sql.id('pds', table)} where did = ${did}`.execute(tx)
        }
        await sql`delete from pds.event where did = ${did} and type != 'account'`.execute(tx)
        return
      default: {
        const [flag, value] = FLAGS[change.kind] ?? []
        if (flag === undefined) return
        await sql`update pds.repo set ${sql.id(flag)} = ${value} where did = ${did}`.execute(tx)
        await appendStatus(tx, did)
      }
    }
  },
}

const FLAGS: Partial<Record<AccountChange['kind'], readonly [string, boolean]>> = {
  activated: ['deactivated', false],
  deactivated: ['deactivated', true],
  disabled: ['taken_down', true],
  enabled: ['taken_down', false],
  deleted: ['deleted', true],
  restored: ['deleted', false],
}

async function appendIdentity(tx: Tx, did: string, handle?: string): Promise<void> {
  const body = { did, ...(handle !== undefined && { handle }) }
  await appendEvent(tx, { did, type: 'identity', body })
}

/** Appends the status of an account, and the head of its repository, which may have been imported in the meantime. */
async function appendStatus(tx: Tx, did: string): Promise<void> {
  // An account that moves in is created and deactivated in one transaction, where now() is constant: only the last
  // status is announced.
  await sql`delete from pds.event
    where did = ${did} and type = 'account' and seq is null and at = now()`.execute(tx)
  const { rows } = await sql<{ status: string }>`
    select status from pds.repo where did = ${did}`.execute(tx)
  const [{ status } = { status: 'deleted' }] = rows
  const body = status === 'active' ? { did, active: true } : { did, active: false, status }
  await appendEvent(tx, { did, type: 'account', body })
  await appendSync(tx, did)
}
