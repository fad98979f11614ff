/** An operation of a `did:plc`, as returned by a directory and unchecked. */
export type Operation = Readonly<Record<string, unknown>>

/** The state of a DID after an operation. */
export interface DidData {
  readonly rotationKeys: readonly string[]
  /** Names to `did:key`s. */
  readonly verificationMethods: Readonly<Record<string, string>>
  readonly alsoKnownAs: readonly string[]
  readonly services: Readonly<Record<string, DidService>>
}

export interface DidService {
  readonly type: string
  readonly endpoint: string
}

/**
 * The state of a DID after an operation; undefined for a tombstone. Legacy operations have one
 * handle, one service and two keys.
 */
export function readOperation(operation: Operation): DidData | undefined {
  if (operation.type === 'plc_tombstone') return undefined
  if (operation.type === 'create') {
    const { recoveryKey, signingKey, handle, service } = operation
    return {
      rotationKeys: [recoveryKey, signingKey].filter(isText),
      verificationMethods: isText(signingKey) ? { atproto: signingKey } : {},
      alsoKnownAs: isText(handle) ? [`at://${handle.replace(/^at:\/\//, '')}`] : [],
      services: isText(service)
        ? {
            atproto_pds: {
              type: PDS_TYPE,
              endpoint: /^https?:\/\//.test(service) ? service : `https://${service}`,
            },
          }
        : {},
    }
  }
  return {
    rotationKeys: texts(operation.rotationKeys),
    verificationMethods: entries(operation.verificationMethods, isText),
    alsoKnownAs: texts(operation.alsoKnownAs),
    services: entries(operation.services, isService),
  }
}

export const PDS_TYPE = 'AtprotoPersonalDataServer'

/** The handle that a DID claims: the first valid one of its names. */
export function claimedHandle({ alsoKnownAs }: Pick<DidData, 'alsoKnownAs'>): string | undefined {
  return alsoKnownAs.find((name) => name.startsWith('at://'))?.slice('at://'.length)
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function isService(value: unknown): value is DidService {
  return isRecord(value) && isText(value.type) && isText(value.endpoint)
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter(isText) : []
}

function entries<Value>(
  value: unknown,
  is: (value: unknown) => value is Value,
): Readonly<Record<string, Value>> {
  if (!isRecord(value)) return {}
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, Value] => is(entry[1])),
  )
}
