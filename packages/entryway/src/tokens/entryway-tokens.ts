import { verify as verifySignature } from 'node:crypto'
import type { TokenCheck, TokenKind, TokenPayload, TokenScheme } from '@lexwright/account'
import { MAX_TOKEN_LENGTH, SKEW_SECONDS, TokenError } from '@lexwright/account/extension'
import type { Hosts } from '../hosts/host.ts'
import { type KnownHosts, rememberHosts } from '../proxy/known-hosts.ts'
import { readKeypair, readPublicKey } from './keys.ts'

export interface EntrywayTokensOptions {
  /** The DID of the entryway: `iss` of all tokens, and `aud` of refresh tokens. */
  readonly serviceDid: string
  /** The signing key: secp256k1, 32 bytes in hexadecimal. */
  readonly privateKeyHex: string
  /** Former keys, still accepted while hosts are switched to the new one. */
  readonly previousPublicKeysHex?: readonly string[]
  /** Used only once a token is signed or verified, so it may be created after the tokens. */
  readonly hosts: Pick<Hosts, 'byAccount'>
}

/** Session tokens that official PDSes behind the entryway verify themselves. */
export interface EntrywayTokens extends TokenScheme {
  /** The public key, for the settings of hosts. */
  readonly publicKeyHex: string
  /** The cache of the hosts of accounts. */
  readonly hosts: KnownHosts
}

const ALGORITHM = 'ES256K'
const ENCODING = 'ieee-p1363'

/**
 * Creates the token scheme of an entryway: ES256K without `kid`, since an official PDS is configured with a single key. The audience
 * of an access token is the account's host at the time of signing, or the entryway if it has none.
 *
 * @throws {RangeError} if a key is invalid.
 */
export async function createEntrywayTokens({
  serviceDid,
  privateKeyHex,
  previousPublicKeysHex = [],
  hosts: allHosts,
}: EntrywayTokensOptions): Promise<EntrywayTokens> {
  const hosts = rememberHosts({ hosts: allHosts })
  const keypair = await readKeypair(privateKeyHex)
  const keys = [keypair, ...previousPublicKeysHex.map(readPublicKey)].map(({ key }) => key)
  const accessAudience = async (did: string, find: KnownHosts['byAccount']): Promise<string> =>
    (await find(did))?.did ?? serviceDid

  return {
    publicKeyHex: keypair.hex,
    hosts,
    // Looked up anew: the cached host may be outdated by a move.
    audienceOf: (kind, did) =>
      kind === 'access' ? accessAudience(did, hosts.refresh) : serviceDid,
    sign: async (typ, claims) => {
      const signed = `${encode({ typ, alg: ALGORITHM })}.${encode(claims)}`
      const signature = await keypair.sign(Buffer.from(signed))
      return `${signed}.${Buffer.from(signature).toString('base64url')}`
    },
    verify: async (jwt, check) => {
      const payload = readToken(jwt, check.typ, (signed, signature) =>
        keys.some((key) =>
          verifySignature('sha256', signed, { key, dsaEncoding: ENCODING }, signature),
        ),
      )
      checkClaims(payload, serviceDid, check)
      return payload
    },
    checkAudience: async (kind: TokenKind, { did, audience }) => {
      if (kind === 'refresh') {
        if (audience !== serviceDid) throw new TokenError('wrong-audience')
        return
      }
      if (audience === (await accessAudience(did, hosts.byAccount))) return
      // Either the token or the cached host is outdated.
      if (audience !== (await accessAudience(did, hosts.refresh))) {
        throw new TokenError('stale-audience')
      }
    },
  }
}

/** Returns the claims of a token with this type and a valid signature. */
function readToken(
  jwt: string,
  typ: string,
  isSigned: (signed: Buffer, signature: Buffer) => boolean,
): TokenPayload {
  const [head = '', body = '', signature, ...rest] = jwt.split('.')
  if (jwt.length > MAX_TOKEN_LENGTH || signature === undefined || rest.length > 0) {
    throw new TokenError('malformed')
  }
  const header = decode(head)
  // Never trusts the algorithm that a token names.
  const isGood =
    header.alg === ALGORITHM &&
    isSigned(Buffer.from(`${head}.${body}`), Buffer.from(signature, 'base64url'))
  if (!isGood) throw new TokenError('bad-signature')
  if (header.typ !== typ) throw new TokenError('wrong-kind')
  return decode(body)
}

function checkClaims(
  { iss, exp }: TokenPayload,
  issuer: string,
  { now, allowExpired }: TokenCheck,
): void {
  if (iss !== issuer || typeof exp !== 'number') throw new TokenError('malformed')
  const isExpired = exp <= Math.floor(now.getTime() / 1000) - SKEW_SECONDS
  if (isExpired && !allowExpired) throw new TokenError('expired')
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url')
}

function decode(part: string): TokenPayload {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString())
    if (typeof value === 'object' && value !== null) return value as TokenPayload
  } catch {}
  throw new TokenError('malformed')
}
