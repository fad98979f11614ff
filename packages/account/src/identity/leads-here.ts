import type { ServiceContext } from '../context.ts'
import { DidLeadsElsewhere } from '../errors.ts'
import { findPublicKey } from '../keys/sign.ts'
import { readDidState } from './did-state.ts'
import { rememberState } from './remember-state.ts'

/**
 * Checks the present DID of an account against this service and the account's keys, and stores it.
 *
 * @throws {AccountNotFound} @throws {DidLeadsElsewhere} with the messages that clients expect.
 * @throws {TemporarilyUnavailable}
 */
export async function checkDidLeadsHere(context: ServiceContext, did: string): Promise<void> {
  const { policy, secrets, store, clock } = context
  const ours = await findPublicKey(context, did)
  const state = await readDidState(context, did)
  if (state === undefined) throw new DidLeadsElsewhere('Could not resolve DID')
  const { rotationKeys, endpoint, signingKey, source } = state
  await store.transaction((tx) => rememberState(context, tx, { did, source, at: clock.now() }))
  if (rotationKeys !== undefined && !rotationKeys.includes(secrets.plcRotationKey.did())) {
    throw new DidLeadsElsewhere('Server rotation key not included in PLC DID data')
  }
  if (endpoint !== policy.publicUrl) {
    throw new DidLeadsElsewhere(
      'DID document atproto_pds service endpoint does not match PDS public url',
    )
  }
  if (signingKey !== ours) {
    throw new DidLeadsElsewhere(
      'DID document verification method does not match expected signing key',
    )
  }
}

/** True if the DID of an account names this service. */
export async function leadsHere(context: ServiceContext, did: string): Promise<boolean> {
  try {
    await checkDidLeadsHere(context, did)
    return true
  } catch (cause) {
    if (cause instanceof DidLeadsElsewhere) return false
    throw cause
  }
}
