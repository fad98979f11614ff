import { createHmac } from 'node:crypto'

/** A compact JWS with any header and payload, signed with HMAC or as given. */
export function forgeJwt(
  header: object,
  payload: object,
  signature: { readonly secret: string; readonly hash?: string } | string,
): string {
  const signed = [header, payload]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.')
  const end =
    typeof signature === 'string'
      ? signature
      : createHmac(signature.hash ?? 'sha256', signature.secret)
          .update(signed)
          .digest('base64url')
  return `${signed}.${end}`
}

/** Reads the claims of a token without verification. */
export function readJwt(jwt: string): {
  readonly header: Readonly<Record<string, unknown>>
  readonly payload: Readonly<Record<string, unknown>>
} {
  const [header, payload] = jwt
    .split('.', 2)
    .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()))
  return { header, payload }
}
