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
  /** The host of an account, and the key that was reserved there; undefined for an account of none of our hosts. */
  readonly findPlace: (did: string) => Promise<AccountPlace | undefined>
  readonly describe: AccountService['describeSession']
}

/** Where an account lives. */
export interface AccountPlace {
  readonly host: Host
  /** That the host signs for the account with, as `did:key`. */
  readonly signingKey: string
}

const DEACTIVATE = 'com.atproto.server.deactivateAccount'

/** Methods that the owner of a taken-down account may call, in order to leave. */
const LEAVING: ReadonlySet<string> = new Set([
  'com.atproto.identity.requestPlcOperationSignature',
  'com.atproto.identity.signPlcOperation',
  DEACTIVATE,
])

/**
 * Lets hosts call the entryway for the accounts that live on them: the protected methods, which no client gets such a token for. A host
 * has checked what the session of the client may do. Anybody else's service token is answered as a token that is none.
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
        // The key was replaced since if the first does not fit.
        return (isSecond ? documentKey(account.didDocument) : undefined) ?? place.signingKey
      },
      fits,
    )
    assertAllowed(method, account, place)
    const { did, handle, status } = account
    // Whoever asked, the token lives a minute: it says nothing of when the owner gave the password.
    return { did, handle, status, id: idOf(payload), since: new Date(0), canReadEmail: true }
  }
}

/** A key of another curve does not fit either. */
const fits: typeof cryptoVerifySignatureWithKey = (...signed) =>
  cryptoVerifySignatureWithKey(...signed).catch(() => false)

/** A host that an account has left may only say that it is over there. */
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
