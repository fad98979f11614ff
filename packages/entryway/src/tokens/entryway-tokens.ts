import { verify as verifySignature } from 'node:crypto'
import type { TokenCheck, TokenKind, TokenPayload, TokenScheme } from '@lexwright/account'
import { MAX_TOKEN_LENGTH, SKEW_SECONDS, TokenError } from '@lexwright/account/extension'
import type { Hosts } from '../hosts/host.ts'
import { type KnownHosts, rememberHosts } from '../proxy/known-hosts.ts'
import { readKeypair, readPublicKey } from './keys.ts'

export interface EntrywayTokensOptions {
  /** The DID of the entryway: `iss` of all tokens, and `aud` of refresh tokens. */
  readonly serviceDid: string
  /** Signs: a secp256k1 key, 32 bytes in hexadecimal. */
  readonly privateKeyHex: string
  /** Verified as well while hosts are switched to the new key one by one. */
  readonly previousPublicKeysHex?: readonly string[]
  /** Asked for the first time when the first token is signed or verified, so it may be made later than the tokens. */
  readonly hosts: Pick<Hosts, 'byAccount'>
}

/** Session tokens that official PDSes behind the entryway verify themselves. */
export interface EntrywayTokens extends TokenScheme {
  /** The public half of the key that signs, for the settings of hosts. */
  readonly publicKeyHex: string
  /** The hosts of accounts, as far as they are remembered. */
  readonly hosts: KnownHosts
}

const ALGORITHM = 'ES256K'
const ENCODING = 'ieee-p1363'

/**
 * Creates the tokens of an entryway: ES256K without `kid`, since a PDS knows one key and takes it for whatever comes. An access token
 * is for the PDS that has the account when it is signed, for the entryway if none has.
 *
 * @throws {RangeError} for a key that is none.
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
    // Read afresh: the cached host may predate a move.
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
      // One of the two is out of date: the token, or what is remembered of the account.
      if (audience !== (await accessAudience(did, hosts.refresh))) {
        throw new TokenError('stale-audience')
      }
    },
  }
}

/** The claims of a token with this type and a good signature. */
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
  // The algorithm is ours to choose, whatever a token says.
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
