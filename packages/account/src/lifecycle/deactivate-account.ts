import { announce } from '../changes/announce.ts'
import type { ServiceContext, Tx } from '../context.ts'
import type { AuditActor } from '../db/audit-store.ts'
import { AccountNotFound } from '../errors.ts'
import { checkDid } from '../identity/check-did.ts'
import { queueLogRefresh } from '../identity/reserve-update.ts'
import { deleteInTransaction } from './delete-account.ts'

export interface DeactivateRequest {
  readonly did: string
  /** When the account is deleted unless it is activated before. */
  readonly deleteAfter?: Date | undefined
}

/**
 * Deactivates an account for its owner: its sessions continue, and its host serves none of its
 * content. Repeating it changes the date of deletion.
 *
 * @throws {AccountNotFound}
 */
export async function deactivateAccount(
  context: ServiceContext,
  { did, deleteAfter }: DeactivateRequest,
): Promise<void> {
  await context.store.transaction(async (tx) => {
    const change = { did, deleteAfter: deleteAfter ?? null, actor: 'owner' as const }
    if (await deactivateInTransaction(context, tx, change)) return
    throw new AccountNotFound('user not found')
  })
}

/** False if the account is not usable. */
export async function deactivateInTransaction(
  context: ServiceContext,
  tx: Tx,
  {
    did,
    deleteAfter,
    actor,
  }: { readonly did: string; readonly deleteAfter: Date | null; readonly actor: AuditActor },
): Promise<boolean> {
  const at = context.clock.now()
  if (!(await tx.lifecycle.deactivate({ did, at, deleteAfter }))) return false
  // Moving an account away ends with its deactivation here; the log then names its new host to
  // remaining clients.
  if (context.identity.updates !== undefined && did.startsWith('did:plc:'))
    await queueLogRefresh(context, tx, did)
  await tx.audit.append({ event: 'account.deactivated', actor, did, at })
  await announce(context, tx, {
    kind: 'deactivated',
    did,
    at,
    ...(deleteAfter !== null && { deleteAfter }),
  })
  return true
}

/**
 * Activates a deactivated account, if its DID names this service. Does nothing for an active one.
 *
 * @throws {AccountNotFound} @throws {DidLeadsElsewhere}
 * @throws {TemporarilyUnavailable} while the data of an account moving in is being copied.
 */
export async function activateAccount(context: ServiceContext, did: string): Promise<void> {
  await checkDid(context, did)
  await context.identity.repositories?.arrivals.receive(did)
  await context.store.transaction((tx) =>
    activateInTransaction(context, tx, { did, actor: 'owner' }),
  )
}

/** False if the account is not deactivated. */
export async function activateInTransaction(
  context: ServiceContext,
  tx: Tx,
  { did, actor }: { readonly did: string; readonly actor: AuditActor },
): Promise<boolean> {
  const at = context.clock.now()
  if (!(await tx.lifecycle.activate(did, at))) return false
  await tx.audit.append({ event: 'account.activated', actor, did, at })
  await announce(context, tx, { kind: 'activated', did, at })
  return true
}

const BATCH = 100

/**
 * Deletes deactivated accounts at the date set by their owners. Safe to run in several processes.
 */
export async function deleteDeactivated(context: ServiceContext): Promise<void> {
  const { store, timeOf, logger } = context
  const now = await timeOf(store)
  for (const did of await store.lifecycle.findDeletable(now, BATCH)) {
    try {
      await store.transaction((tx) => deleteInTransaction(context, tx, { did, actor: 'system' }))
    } catch (err) {
      logger.error({ did, err }, 'a deactivated account could not be deleted')
    }
  }
}
