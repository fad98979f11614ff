import { isDeepStrictEqual } from 'node:util'
import { announce } from '../changes/announce.ts'
import type { ServiceContext, Tx } from '../context.ts'
import { followKey } from '../keys/signing-keys.ts'
import { endpointOf } from './home.ts'
import type { LoggedOperation } from './identity.ts'
import { claimedHandle, type DidData, readOperation } from './operation.ts'
import { isOperatorKey } from './recovery-key.ts'

/**
 * Mirrors the directory's log of a DID. Locks the account.
 *
 * @returns the highest-ranking rotation key that is not the operator's.
 */
export async function adoptLog(
  context: ServiceContext,
  tx: Tx,
  {
    did,
    log,
    at,
  }: { readonly did: string; readonly log: readonly LoggedOperation[]; readonly at: Date },
): Promise<{ readonly recoveryKey: string | null }> {
  const head = log.findLast(({ nullified }) => !nullified)?.operation
  const data = head && readOperation(head)
  const recoveryKey = data?.rotationKeys.find((key) => !isOperatorKey(context, key)) ?? null
  await tx.didUpdates.adoptKey(did, recoveryKey)
  const publicKey = data?.verificationMethods.atproto
  if (publicKey !== undefined) await followKey(tx, { did, publicKey, at })
  const known = (await tx.didLogs.read(did)).map(({ operation, isNullified }) => ({
    operation: JSON.parse(operation),
    nullified: isNullified,
  }))
  if (!isDeepStrictEqual(known, log)) {
    if (known.length > 0) await announce(context, tx, { kind: 'identity-changed', did, at })
    await tx.didLogs.replace(
      did,
      log.map(({ operation, nullified }) => ({
        operation: JSON.stringify(operation),
        isNullified: nullified,
      })),
    )
  }
  if (data !== undefined) await followHandle(context, tx, { did, data, at })
  return { recoveryKey }
}

/** Queues a handle change if the DID names the account's repository with another handle. */
async function followHandle(
  context: ServiceContext,
  tx: Tx,
  { did, data, at }: { readonly did: string; readonly data: DidData; readonly at: Date },
): Promise<void> {
  const handle = claimedHandle(data)
  if (handle === undefined) return
  if (data.services.atproto_pds?.endpoint !== (await endpointOf(context, tx, did))) return
  const account = await tx.accounts.findProfile(did)
  if (account === undefined || account.handle === handle) return
  await tx.didUpdates.insert({ did, kind: 'handle', subject: handle, dueAt: at })
}
