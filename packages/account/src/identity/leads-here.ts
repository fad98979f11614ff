import type { ServiceContext } from '../context.ts'
import { AccountNotFound, DidLeadsElsewhere } from '../errors.ts'
import { findPublicKey } from '../keys/sign.ts'
import { findDidDocument } from './did-document.ts'
import { PDS_TYPE, readOperation } from './operation.ts'

/**
 * Holds the DID of an account, by the latest operation that is known, against what this service is to its accounts.
 *
 * @throws {AccountNotFound} @throws {DidLeadsElsewhere}
 */
export async function checkDidLeadsHere(context: ServiceContext, did: string): Promise<void> {
  const { store, policy, secrets } = context
  const document = await findDidDocument(context, did)
  const signingKey = await findPublicKey(context, did)
  if (document === undefined) throw new AccountNotFound('user not found')
  if (did.startsWith('did:plc:')) {
    const data = readOperation(JSON.parse((await store.didLogs.findHead(did)) ?? '{}'))
    if (!data?.rotationKeys.includes(secrets.plcRotationKey.did())) {
      throw new DidLeadsElsewhere('Server rotation key not included in PLC DID data')
    }
  }
  const service = document.service.find(
    ({ id }) => id === '#atproto_pds' || id === `${did}#atproto_pds`,
  )
  if (service?.type !== PDS_TYPE || service.serviceEndpoint !== policy.publicUrl) {
    throw new DidLeadsElsewhere(
      'DID document atproto_pds service endpoint does not match PDS public url',
    )
  }
  const key = document.verificationMethod.find(
    ({ id }) => id === `${did}#atproto` || id === '#atproto',
  )
  if (`did:key:${key?.publicKeyMultibase}` !== signingKey) {
    throw new DidLeadsElsewhere(
      'DID document verification method does not match expected signing key',
    )
  }
}
