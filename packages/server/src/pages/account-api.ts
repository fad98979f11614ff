import { eraMethods, todaysMethods } from '@lexwright/account'
import openapi from '@lexwright/generated/openapi.json' with { type: 'json' }
import { version } from '../version.ts'
import type { OpenApiDocument } from './reference-page.ts'

const SECURITY_SCHEMES = {
  accessJwt: { type: 'http', scheme: 'bearer', description: 'The accessJwt of a session.' },
  refreshJwt: { type: 'http', scheme: 'bearer', description: 'The refreshJwt of a session.' },
  operator: {
    type: 'http',
    scheme: 'basic',
    description: 'The user admin with the password of the operator.',
  },
}

/** The methods that need credentials. Lexicons do not say so. */
const SECURITY: Readonly<Record<string, keyof typeof SECURITY_SCHEMES>> = {
  '/xrpc/com.atproto.account.createInviteCode': 'operator',
  '/xrpc/com.atproto.account.delete': 'accessJwt',
  '/xrpc/com.atproto.account.get': 'accessJwt',
  '/xrpc/com.atproto.session.delete': 'refreshJwt',
  '/xrpc/com.atproto.session.get': 'accessJwt',
  '/xrpc/com.atproto.session.refresh': 'refreshJwt',
}

/** The lexicons have methods of a repository host, too. */
const ANSWERED: ReadonlySet<string> = new Set(
  [...eraMethods, ...todaysMethods].map((method) => `/xrpc/${method}`),
)

const DESCRIPTION = `Calls from this page go to this server. What is entered under "Authorize" is kept until the page is closed or reloaded.

Besides its own errors, a method may answer:

- \`InvalidRequest\` (400): the call is not as described.
- \`AuthMissing\` (401), \`AuthenticationRequired\` (401): a token is missing; the name or password is wrong.
- \`InvalidToken\` (400), \`ExpiredToken\` (400): the token is not from this service; it has expired or was revoked.
- \`ReauthenticationRequired\` (401): the last login was too long ago for this; log in again.
- \`AccountDisabled\` (403): the account was disabled.
- \`RateLimitExceeded\` (429), \`TemporarilyUnavailable\` (503): try again after the seconds in Retry-After.`

/** The OpenAPI document of the account service: the generated one, with what only the service knows. */
export function describeAccountApi(serviceName: string): OpenApiDocument {
  const paths = Object.entries(openapi.paths).flatMap(([path, item]) => {
    if (!ANSWERED.has(path)) return []
    const scheme = SECURITY[path]
    const security = scheme === undefined ? [] : [{ [scheme]: [] }]
    const operations = Object.entries(item).map(([verb, operation]) => [
      verb,
      { ...operation, security },
    ])
    return [[path, Object.fromEntries(operations)] as const]
  })
  return {
    ...openapi,
    info: { title: serviceName, version, description: DESCRIPTION },
    security: [],
    paths: Object.fromEntries(paths),
    components: { ...openapi.components, securitySchemes: SECURITY_SCHEMES },
  }
}
