import { announce } from '../changes/announce.ts'
import type { ServiceContext, Tx } from '../context.ts'
import type { AuditActor } from '../db/audit-store.ts'

/** Activates a pending account. Undefined if it is no longer pending. */
export async function completeRegistration(
  context: ServiceContext,
  tx: Tx,
  { did, actor }: { readonly did: string; readonly actor: AuditActor },
): Promise<{ readonly epoch: number } | undefined> {
  const at = context.clock.now()
  const activated = await tx.registrations.activate(did, at)
  if (activated === undefined) return undefined
  const { epoch, handle } = activated
  await tx.audit.append({ event: 'account.created', actor, did, at })
  await announce(context, tx, { kind: 'created', did, handle, at })
  return { epoch }
}
