import {
  AuthRequiredError,
  cryptoVerifySignatureWithKey,
  extractUrlNsid,
  ForbiddenError,
  InvalidRequestError,
  verifyJwt,
} from '@atproto/xrpc-server'
import type { AccountService, DidDocument, SessionAccount } from '@lexwright/account'
import { type AdmitApp, isProtectedMethod } from '@lexwright/account/extension'
import type { Host } from '../hosts/host.ts'
import { callerToken } from '../proxy/caller-token.ts'

export interface HostAdmissionOptions {
  /** The DID of the entryway: tokens of any other audience are refused. */
  readonly serviceDid: string
  /**
   * The host of an account and the key reserved there; undefined if the account is on none of our
   * hosts.
   */
  readonly findPlace: (did: string) => Promise<AccountPlace | undefined>
  readonly describe: AccountService['describeSession']
}

/** The host of an account and its signing key there. */
export interface AccountPlace {
  readonly host: Host
  /** The account's signing key at the host, as `did:key`. */
  readonly signingKey: string
}

const DEACTIVATE = 'com.atproto.server.deactivateAccount'

/** Methods that the owner of a taken-down account needs for moving away. */
const LEAVING: ReadonlySet<string> = new Set([
  'com.atproto.identity.requestPlcOperationSignature',
  'com.atproto.identity.signPlcOperation',
  DEACTIVATE,
])

/**
 * Lets hosts call protected methods for their accounts, by a service token signed with the account's key. Clients cannot get such a
 * token for these methods; the host has checked the permissions of the client's session. Service tokens of other callers are refused as
 * invalid.
 */
export function createHostAdmission(options: HostAdmissionOptions): AdmitApp {
  const { serviceDid, findPlace, describe } = options
  return async ({ req }) => {
    const token = callerToken(req)
    if (token?.kind !== 'service') return undefined
    const place = await findPlace(token.did)
    if (place === undefined) return undefined
    const method = extractUrlNsid(req.url ?? '') ?? ''
    if (!isProtectedMethod(method)) {
      throw new InvalidRequestError('Bad token method', 'InvalidToken')
    }
    const account = await describe(token.did)
    const payload = await verifyJwt(
      token.jwt,
      serviceDid,
      method,
      async (issuer, isSecond) => {
        if (issuer !== account.did)
          throw new AuthRequiredError('jwt iss is no account', 'BadJwtIss')
        // If the reserved key does not match, it may have been replaced: tries the one in the DID
        // document.
        return (isSecond ? documentKey(account.didDocument) : undefined) ?? place.signingKey
      },
      fits,
    )
    assertAllowed(method, account, place)
    const { did, handle, status } = account
    // The token does not say when the owner last entered the password.
    return { did, handle, status, id: idOf(payload), since: new Date(0), canReadEmail: true }
  }
}

/** Returns false for a key on another curve, where the library throws. */
const fits: typeof cryptoVerifySignatureWithKey = (...signed) =>
  cryptoVerifySignatureWithKey(...signed).catch(() => false)

/** The only thing a former host may do for an account is deactivate it. */
function assertAllowed(
  method: string,
  { status, didDocument }: SessionAccount,
  { host }: AccountPlace,
): void {
  const endpoint = endpointIn(didDocument)
  if (endpoint !== undefined && endpoint !== host.url && method !== DEACTIVATE) {
    throw new AuthRequiredError('The account has moved to another host', 'BadJwtIss')
  }
  switch (status) {
    case 'active':
    case 'deactivated':
      return
    case 'disabled':
      if (LEAVING.has(method)) return
      throw new AuthRequiredError('Account has been taken down', 'AccountTakedown')
    default:
      throw new ForbiddenError('Account not found', 'AccountNotFound')
  }
}

function documentKey(document: DidDocument | undefined): string | undefined {
  const method = document?.verificationMethod.find(({ id }) => id.endsWith('#atproto'))
  return method && `did:key:${method.publicKeyMultibase}`
}

function endpointIn(document: DidDocument | undefined): string | undefined {
  return document?.service.find(({ id }) => id.endsWith('#atproto_pds'))?.serviceEndpoint
}

function idOf({ jti }: object & { readonly jti?: unknown }): string {
  return typeof jti === 'string' ? jti : ''
}
