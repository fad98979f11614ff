import { Secp256k1Keypair } from '@atproto/crypto'
import { describe, expect, it } from '@jest/globals'
import { systemRandom } from '../crypto/random.ts'
import { toDidDocument } from './did-document.ts'
import { generateSigningKey, signGenesis } from './genesis.ts'

const signer = await Secp256k1Keypair.create()
const { publicKey } = await generateSigningKey(systemRandom)

describe('toDidDocument', () => {
  it('builds the document of an operation', async () => {
    const { did, operation } = await signGenesis({
      handle: 'alice.test',
      signingKey: publicKey,
      rotationKeys: [signer.did()],
      endpoint: 'https://pds.test',
      signer,
    })
    expect(toDidDocument(did, operation)).toEqual({
      '@context': [
        'https://www.w3.org/ns/did/v1',
        'https://w3id.org/security/multikey/v1',
        'https://w3id.org/security/suites/secp256k1-2019/v1',
      ],
      id: did,
      alsoKnownAs: ['at://alice.test'],
      verificationMethod: [
        {
          id: `${did}#atproto`,
          type: 'Multikey',
          controller: did,
          publicKeyMultibase: publicKey.slice('did:key:'.length),
        },
      ],
      service: [
        {
          id: '#atproto_pds',
          type: 'AtprotoPersonalDataServer',
          serviceEndpoint: 'https://pds.test',
        },
      ],
    })
  })

  it('reads a legacy operation', () => {
    const operation = {
      type: 'create',
      signingKey: publicKey,
      recoveryKey: signer.did(),
      handle: 'bob.test',
      service: 'pds.test',
      prev: null,
      sig: '',
    }
    const document = toDidDocument('did:plc:old', JSON.stringify(operation))
    expect(document?.alsoKnownAs).toEqual(['at://bob.test'])
    expect(document?.verificationMethod).toMatchObject([{ id: 'did:plc:old#atproto' }])
    expect(document?.service).toMatchObject([{ serviceEndpoint: 'https://pds.test' }])
  })

  it('recognizes a tombstone and returns the document of a did:web unchanged', () => {
    const tombstone = JSON.stringify({ type: 'plc_tombstone', prev: 'x', sig: '' })
    expect(toDidDocument('did:plc:ended', tombstone)).toBeUndefined()
    const document = { id: 'did:web:alice.test', service: [] }
    expect(toDidDocument('did:web:alice.test', JSON.stringify(document))).toEqual(document)
  })
})
