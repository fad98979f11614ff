import { createSecretKey, type webcrypto } from 'node:crypto'
import { errors, type JWTVerifyResult, jwtVerify, SignJWT } from 'jose'
import { TokenError, type TokenPayload } from './token-claims.ts'
import {
  MAX_TOKEN_LENGTH,
  SKEW_SECONDS,
  signWith,
  type TokenCheck,
  type TokenScheme,
  type TokenSettings,
  type TokenSigner,
} from './token-signer.ts'

export { type AccessClaims, type RefreshClaims, TokenError } from './token-claims.ts'
export type { TokenSigner } from './token-signer.ts'

/** A secret of the ring: at least 32 bytes (RFC 7518 §3.2: as many bits as the hash). */
export interface TokenKey {
  /** Public, as the `kid` header; unique in the ring. */
  readonly kid: string
  readonly secret: string | Uint8Array
}

export interface TokenSignerOptions extends TokenSettings {
  /** The first key signs, all verify: a new key put in front logs nobody out. */
  readonly keys: readonly TokenKey[]
  /** `aud` of every token: the service's DID. */
  readonly audience: string
}

const ALGORITHM = 'HS256'
const HMAC = { name: 'HMAC', hash: 'SHA-256' }
const MIN_SECRET_BYTES = 32

/**
 * Creates the signer of a service that is the only audience of its tokens: HS256 with a ring of
 * keys.
 *
 * @throws {RangeError} if the ring is empty, a `kid` is repeated or a secret is shorter than 32
 * bytes.
 */
export function createTokenSigner(options: TokenSignerOptions): TokenSigner {
  return signWith(ringScheme(options), options)
}

function ringScheme({ keys, issuer, audience }: TokenSignerOptions): TokenScheme {
  const { current, ring } = createRing(keys)
  return {
    audienceOf: () => audience,
    sign: (typ, claims) =>
      new SignJWT({ ...claims })
        .setProtectedHeader({ alg: ALGORITHM, typ, kid: current.kid })
        .sign(current.key),
    verify: (jwt, check) => verifySignature(jwt, { ...check, ring, issuer, audience }),
  }
}

interface SignatureCheck extends TokenCheck {
  readonly ring: ReadonlyMap<string, webcrypto.CryptoKey>
  readonly issuer: string
  readonly audience: string
}

/** Runs the checks of jose and maps its errors to TokenErrors. */
async function verifySignature(
  jwt: string,
  { ring, now, allowExpired, ...claims }: SignatureCheck,
): Promise<TokenPayload> {
  if (jwt.length > MAX_TOKEN_LENGTH) throw new TokenError('malformed')
  try {
    const { payload }: JWTVerifyResult = await jwtVerify(
      jwt,
      ({ kid }) => {
        const key = typeof kid === 'string' ? ring.get(kid) : undefined
        if (key === undefined) throw new TokenError('bad-signature')
        return key
      },
      {
        ...claims,
        currentDate: now,
        algorithms: [ALGORITHM],
        clockTolerance: SKEW_SECONDS,
        requiredClaims: ['sub', 'iat', 'exp'],
      },
    )
    return payload
  } catch (cause) {
    // jose checks `exp` last, so everything else is valid here.
    if (cause instanceof errors.JWTExpired && allowExpired) return cause.payload
    throw toTokenError(cause)
  }
}

function toTokenError(cause: unknown): TokenError {
  if (cause instanceof TokenError) return cause
  if (cause instanceof errors.JWTExpired) return new TokenError('expired', { cause })
  if (cause instanceof errors.JWSSignatureVerificationFailed) {
    return new TokenError('bad-signature', { cause })
  }
  if (cause instanceof errors.JOSEAlgNotAllowed) return new TokenError('bad-signature', { cause })
  if (cause instanceof errors.JWTClaimValidationFailed && cause.reason === 'check_failed') {
    if (cause.claim === 'aud') return new TokenError('wrong-audience', { cause })
    if (cause.claim === 'typ') return new TokenError('wrong-kind', { cause })
  }
  return new TokenError('malformed', { cause })
}

function createRing(keys: readonly TokenKey[]): {
  readonly current: { readonly kid: string; readonly key: webcrypto.CryptoKey }
  readonly ring: ReadonlyMap<string, webcrypto.CryptoKey>
} {
  const ring = new Map<string, webcrypto.CryptoKey>()
  for (const { kid, secret } of keys) {
    const bytes = typeof secret === 'string' ? Buffer.from(secret, 'utf8') : Buffer.from(secret)
    if (bytes.length < MIN_SECRET_BYTES) {
      throw new RangeError(`token key ${kid} is shorter than ${MIN_SECRET_BYTES} bytes`)
    }
    if (ring.has(kid)) throw new RangeError(`token key ${kid} is configured twice`)
    // jose would import any other form of key again for each token.
    ring.set(kid, createSecretKey(bytes).toCryptoKey(HMAC, false, ['sign', 'verify']))
  }
  const [first] = ring
  if (first === undefined) throw new RangeError('at least one token key is needed')
  return { current: { kid: first[0], key: first[1] }, ring }
}
