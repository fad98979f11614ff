import type { Secp256k1Keypair } from '@atproto/crypto'
import { isValidDid } from '@atproto/syntax'
import type { ServiceContext } from '../context.ts'
import type { AccessScope } from '../db/tables.ts'
import { BadExpiration, BadTokenScope, ServiceAuthRefused } from '../errors.ts'
import { findKeypair } from './sign.ts'

export interface ServiceAuthRequest {
  /** The DID of the service to call. */
  readonly aud: string
  /** NSID of the method to call; any method if absent, for a minute at most. */
  readonly lxm?: string | undefined
  /** Expiry in seconds since 1970; in a minute by default. */
  readonly exp?: number | undefined
  /** Scope of the requesting session; full access by default. */
  readonly scope?: AccessScope | undefined
}

const MINUTE = 60
const HOUR = 60 * MINUTE

/** Methods for which no service token is signed: they are called only here, with a session. */
const PROTECTED: ReadonlySet<string> = new Set(
  [
    'com.atproto.admin.sendEmail',
    'com.atproto.identity.requestPlcOperationSignature',
    'com.atproto.identity.signPlcOperation',
    'com.atproto.identity.updateHandle',
    'com.atproto.server.activateAccount',
    'com.atproto.server.confirmEmail',
    'com.atproto.server.createAppPassword',
    'com.atproto.server.deactivateAccount',
    'com.atproto.server.getAccountInviteCodes',
    'com.atproto.server.getSession',
    'com.atproto.server.listAppPasswords',
    'com.atproto.server.requestAccountDelete',
    'com.atproto.server.requestEmailConfirmation',
    'com.atproto.server.requestEmailUpdate',
    'com.atproto.server.revokeAppPassword',
    'com.atproto.server.updateEmail',
  ].map(canonical),
)

/** True for a method that only a session of the account, or its host for it, may call. */
export function isProtectedMethod(nsid: string): boolean {
  return PROTECTED.has(canonical(nsid))
}

const CREATE_ACCOUNT = 'com.atproto.server.createAccount'

/**
 * Signs a service token for a call by an account (https://atproto.com/specs/xrpc#service-auth).
 *
 * @throws {BadExpiration} @throws {ServiceAuthRefused} @throws {BadTokenScope}
 * @throws {AccountNotFound} if the service has no key of the account.
 */
export async function createServiceAuth(
  context: ServiceContext,
  did: string,
  request: ServiceAuthRequest,
): Promise<string> {
  const iat = Math.floor(context.clock.now().getTime() / 1000)
  const { aud, lxm, exp = iat + MINUTE } = request
  if (!isAudience(aud)) {
    throw new ServiceAuthRefused('aud must be a valid atproto DID or did#serviceId reference')
  }
  assertExpiration({ iat, exp, lxm })
  assertAllowed(request)
  const jti = Buffer.from(context.random(16)).toString('hex')
  return await signJwt(await findKeypair(context, did), { iat, iss: did, aud, exp, lxm, jti })
}

/** True for a DID of a supported method, optionally with a service id. */
function isAudience(aud: string): boolean {
  const [did = '', service = 'service', ...rest] = aud.split('#')
  const isName = /^[A-Za-z0-9._~:@!$&'()*+,;=-]+$/.test(service) && rest.length === 0
  return isName && isValidDid(did) && /^did:(?:plc|web):/.test(did)
}

/** jose has no ES256K. */
async function signJwt(keypair: Secp256k1Keypair, claims: object): Promise<string> {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')
  const signed = `${encode({ typ: 'JWT', alg: keypair.jwtAlg })}.${encode(claims)}`
  const signature = await keypair.sign(Buffer.from(signed))
  return `${signed}.${Buffer.from(signature).toString('base64url')}`
}

function assertExpiration({
  iat,
  exp,
  lxm,
}: {
  readonly iat: number
  readonly exp: number
  readonly lxm: string | undefined
}): void {
  if (!(exp > iat)) throw new BadExpiration('expiration is in past')
  if (exp - iat > HOUR) {
    throw new BadExpiration(
      'cannot request a token with an expiration more than an hour in the future',
    )
  }
  if (lxm === undefined && exp - iat > MINUTE) {
    throw new BadExpiration(
      'cannot request a method-less token with an expiration more than a minute in the future',
    )
  }
}

/**
 * Other services may compare methods case-insensitively, so the spelling must not bypass a rule.
 */
function canonical(lxm: string): string {
  return lxm.toLowerCase()
}

function assertAllowed({ lxm, scope = 'access' }: ServiceAuthRequest): void {
  if (scope === 'takendown' && lxm !== CREATE_ACCOUNT) throw new BadTokenScope('Bad token scope')
  if (lxm !== undefined && isProtectedMethod(lxm)) {
    throw new ServiceAuthRefused(
      `cannot request a service auth token for the following protected method: ${lxm}`,
    )
  }
  if (scope === 'access' || scope === 'takendown') return
  if (lxm === undefined) {
    throw new ServiceAuthRefused('an app password cannot request a token without a method')
  }
  const asked = canonical(lxm)
  const isPrivileged = asked === canonical(CREATE_ACCOUNT) || asked.startsWith('chat.bsky.')
  if (isPrivileged && scope === 'appPass') {
    throw new ServiceAuthRefused(
      `insufficient access to request a service auth token for the following method: ${lxm}`,
    )
  }
}
