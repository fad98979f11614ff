import type { ServiceContext } from '../context.ts'
import { DidLeadsElsewhere } from '../errors.ts'
import { readDidState } from './did-state.ts'
import { homeOf } from './home.ts'
import { rememberState } from './remember-state.ts'

/**
 * Checks that the present DID of an account names the place of its repository, this service or its
 * host, and stores it.
 *
 * @throws {AccountNotFound} @throws {DidLeadsElsewhere} with the messages that clients expect.
 * @throws {TemporarilyUnavailable}
 */
export async function checkDid(context: ServiceContext, did: string): Promise<void> {
  const { secrets, store, clock } = context
  const home = await homeOf(context, did)
  const state = await readDidState(context, did)
  if (state === undefined) throw new DidLeadsElsewhere('Could not resolve DID')
  const { rotationKeys, endpoint, signingKey, source } = state
  await store.transaction((tx) => rememberState(context, tx, { did, source, at: clock.now() }))
  if (rotationKeys !== undefined && !rotationKeys.includes(secrets.plcRotationKey.did())) {
    throw new DidLeadsElsewhere('Server rotation key not included in PLC DID data')
  }
  if (endpoint !== home.endpoint) {
    throw new DidLeadsElsewhere(
      'DID document atproto_pds service endpoint does not match PDS public url',
    )
  }
  if (signingKey !== home.signingKey) {
    throw new DidLeadsElsewhere(
      'DID document verification method does not match expected signing key',
    )
  }
}

/** True if the DID of an account names the place of its repository. */
export async function namesHome(context: ServiceContext, did: string): Promise<boolean> {
  try {
    await checkDid(context, did)
    return true
  } catch (cause) {
    if (cause instanceof DidLeadsElsewhere) return false
    throw cause
  }
}
