import type { MethodAuth } from './reference/auth.ts'
import type { GeneralError } from './reference/reference.ts'

const nobody: MethodAuth = { scheme: 'none', description: 'none; anybody may call it.' }
const access: MethodAuth = {
  scheme: 'bearer',
  variable: 'ACCESS_JWT',
  description: 'the accessJwt of a session, as a bearer token.',
}
const refresh: MethodAuth = {
  scheme: 'bearer',
  variable: 'REFRESH_JWT',
  description: 'the refreshJwt of a session, as a bearer token.',
}

/** Who may call the methods of the account module, which their documents do not say. */
export const accountMethodAuth: Readonly<Record<string, MethodAuth>> = {
  'com.atproto.account.create': nobody,
  'com.atproto.account.createInviteCode': {
    scheme: 'basic',
    user: 'admin',
    variable: 'ADMIN_PASSWORD',
    description: 'HTTP Basic, the user admin with the password of the operator.',
  },
  'com.atproto.account.delete': {
    ...access,
    description:
      'the accessJwt of a session that began with a password a short while ago, as a bearer token.',
  },
  'com.atproto.account.get': access,
  'com.atproto.account.requestPasswordReset': nobody,
  'com.atproto.account.resetPassword': nobody,
  'com.atproto.handle.resolve': nobody,
  'com.atproto.server.getAccountsConfig': nobody,
  'com.atproto.session.create': nobody,
  'com.atproto.session.delete': refresh,
  'com.atproto.session.get': access,
  'com.atproto.session.refresh': refresh,
}

/** What the errors mean that the documents of the account module declare by name only. */
export const accountErrorTexts: Readonly<Record<string, string>> = {
  InvalidHandle: 'The handle has a form or a domain that is not served here.',
  InvalidPassword: 'The password is too short, too long, or too easily guessed.',
  InvalidInviteCode: 'The invite code is missing, not known, disabled or used up.',
  HandleNotAvailable: 'Somebody has the handle, or it is reserved.',
  InvalidToken: 'The token or code is none of this service, or was used before.',
  ExpiredToken: 'The token or code has expired.',
}

/** What the methods of the account module may answer besides the errors their documents declare. */
export const accountMethodErrors: readonly GeneralError[] = [
  { name: 'AuthMissing', status: 401, description: 'A token is needed and none was sent.' },
  {
    name: 'AuthenticationRequired',
    status: 401,
    description: 'The name or the password is wrong.',
  },
  {
    name: 'ReauthenticationRequired',
    status: 401,
    description: 'The last login was too long ago for this; log in again.',
  },
  { name: 'InvalidToken', status: 400, description: 'The token is none of this service.' },
  { name: 'ExpiredToken', status: 400, description: 'The token has expired or was revoked.' },
  { name: 'AccountDisabled', status: 403, description: 'The account was disabled.' },
  {
    name: 'RateLimitExceeded',
    status: 429,
    description: 'Too many calls; Retry-After says for how long to wait, in seconds.',
  },
  {
    name: 'TemporarilyUnavailable',
    status: 503,
    description: 'The service is busy; nothing was changed. Retry-After says when to try again.',
  },
]
