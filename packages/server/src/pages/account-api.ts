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

/** The methods that need credentials, which lexicons do not express. */
const SECURITY: Readonly<Record<string, keyof typeof SECURITY_SCHEMES>> = {
  '/xrpc/com.atproto.account.createInviteCode': 'operator',
  '/xrpc/com.atproto.account.delete': 'accessJwt',
  '/xrpc/com.atproto.account.get': 'accessJwt',
  '/xrpc/com.atproto.admin.deleteAccount': 'operator',
  '/xrpc/com.atproto.admin.disableAccountInvites': 'operator',
  '/xrpc/com.atproto.admin.disableInviteCodes': 'operator',
  '/xrpc/com.atproto.admin.enableAccountInvites': 'operator',
  '/xrpc/com.atproto.admin.getAccountInfo': 'operator',
  '/xrpc/com.atproto.admin.getAccountInfos': 'operator',
  '/xrpc/com.atproto.admin.getInviteCodes': 'operator',
  '/xrpc/com.atproto.admin.getSubjectStatus': 'operator',
  '/xrpc/com.atproto.admin.searchAccounts': 'operator',
  '/xrpc/com.atproto.admin.sendEmail': 'operator',
  '/xrpc/com.atproto.admin.updateAccountEmail': 'operator',
  '/xrpc/com.atproto.admin.updateAccountHandle': 'operator',
  '/xrpc/com.atproto.admin.updateAccountPassword': 'operator',
  '/xrpc/com.atproto.admin.updateAccountSigningKey': 'operator',
  '/xrpc/com.atproto.admin.updateSubjectStatus': 'operator',
  '/xrpc/com.atproto.identity.getRecommendedDidCredentials': 'accessJwt',
  '/xrpc/com.atproto.identity.requestPlcOperationSignature': 'accessJwt',
  '/xrpc/com.atproto.identity.signPlcOperation': 'accessJwt',
  '/xrpc/com.atproto.identity.submitPlcOperation': 'accessJwt',
  '/xrpc/com.atproto.identity.updateHandle': 'accessJwt',
  '/xrpc/com.atproto.server.activateAccount': 'accessJwt',
  '/xrpc/com.atproto.server.checkAccountStatus': 'accessJwt',
  '/xrpc/com.atproto.server.confirmEmail': 'accessJwt',
  '/xrpc/com.atproto.server.createAppPassword': 'accessJwt',
  '/xrpc/com.atproto.server.createInviteCode': 'operator',
  '/xrpc/com.atproto.server.createInviteCodes': 'operator',
  '/xrpc/com.atproto.server.deactivateAccount': 'accessJwt',
  '/xrpc/com.atproto.server.deleteSession': 'refreshJwt',
  '/xrpc/com.atproto.server.getAccountInviteCodes': 'accessJwt',
  '/xrpc/com.atproto.server.getServiceAuth': 'accessJwt',
  '/xrpc/com.atproto.server.getSession': 'accessJwt',
  '/xrpc/com.atproto.server.listAppPasswords': 'accessJwt',
  '/xrpc/com.atproto.server.refreshSession': 'refreshJwt',
  '/xrpc/com.atproto.server.requestAccountDelete': 'accessJwt',
  '/xrpc/com.atproto.server.requestEmailConfirmation': 'accessJwt',
  '/xrpc/com.atproto.server.requestEmailUpdate': 'accessJwt',
  '/xrpc/com.atproto.server.revokeAppPassword': 'accessJwt',
  '/xrpc/com.atproto.server.updateEmail': 'accessJwt',
  '/xrpc/com.atproto.session.delete': 'refreshJwt',
  '/xrpc/com.atproto.session.get': 'accessJwt',
  '/xrpc/com.atproto.session.refresh': 'refreshJwt',
  '/xrpc/com.atproto.temp.checkSignupQueue': 'accessJwt',
}

/** The methods on the page; the lexicons also contain those of a repository host. */
const ANSWERED: ReadonlySet<string> = new Set(
  [...eraMethods, ...todaysMethods].map((method) => `/xrpc/${method}`),
)

const DESCRIPTION = `Calls from this page go to this server. What is entered under "Authorize" is kept until the page is closed or reloaded.

Besides its own errors, a method may answer:

- \`InvalidRequest\` (400): the call is not as described.
- \`AuthMissing\` (401), \`AuthenticationRequired\` (401): a token is missing; the name or password is wrong.
- \`InvalidToken\` (400), \`ExpiredToken\` (400): the token is not from this service; it has expired or was revoked.
- \`ReauthenticationRequired\` (401): the last login was too long ago for this; log in again.
- \`AccountDisabled\` (403), \`AccountTakedown\` (401): the account was disabled.
- \`AccountDeactivated\` (403): the account is deactivated.
- \`RateLimitExceeded\` (429), \`TemporarilyUnavailable\` (503): try again after the seconds in Retry-After.`

/**
 * The OpenAPI document of the account service: the generated one, completed with credentials and
 * common errors.
 */
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
