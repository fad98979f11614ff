import { type DidData, readOperation } from './operation.ts'

/** A DID document in the form of PLC directories (https://www.w3.org/TR/did-core/). */
export interface DidDocument {
  readonly '@context': readonly string[]
  readonly id: string
  readonly alsoKnownAs: readonly string[]
  readonly verificationMethod: readonly {
    readonly id: string
    readonly type: string
    readonly controller: string
    readonly publicKeyMultibase: string
  }[]
  readonly service: readonly {
    readonly id: string
    readonly type: string
    readonly serviceEndpoint: string
  }[]
}

/**
 * Builds the document of a DID.
 *
 * @param head the latest operation of a `did:plc` as JSON text; for any other DID, the document
 * itself.
 */
export function toDidDocument(did: string, head: string): DidDocument | undefined {
  const operation = JSON.parse(head)
  if (!did.startsWith('did:plc:')) return operation
  const data = readOperation(operation)
  return data && formatDocument(did, data)
}

function formatDocument(did: string, data: DidData): DidDocument {
  const keys = Object.entries(data.verificationMethods)
  return {
    '@context': [
      'https://www.w3.org/ns/did/v1',
      'https://w3id.org/security/multikey/v1',
      ...new Set(keys.flatMap(([, key]) => suiteOf(key))),
    ],
    id: did,
    alsoKnownAs: data.alsoKnownAs,
    verificationMethod: keys.map(([name, key]) => ({
      id: `${did}#${name}`,
      type: 'Multikey',
      controller: did,
      publicKeyMultibase: key.replace(/^did:key:/, ''),
    })),
    service: Object.entries(data.services).map(([name, { type, endpoint }]) => ({
      id: `#${name}`,
      type,
      serviceEndpoint: endpoint,
    })),
  }
}

/**
 * The first characters of a `did:key` encode its multicodec
 * (https://w3c-ccg.github.io/did-key-spec).
 */
function suiteOf(key: string): readonly string[] {
  if (key.startsWith('did:key:zQ3s')) return ['https://w3id.org/security/suites/secp256k1-2019/v1']
  if (key.startsWith('did:key:zDn')) return ['https://w3id.org/security/suites/ecdsa-2019/v1']
  return []
}
