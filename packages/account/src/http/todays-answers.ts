import { AuthRequiredError, InvalidRequestError } from '@atproto/xrpc-server'
import { TokenError } from '../crypto/tokens.ts'
import type {
  EmailNotAvailable,
  HandleNotAvailable,
  HandleRule,
  InvalidHandle,
  InvalidInviteCode,
} from '../errors.ts'
import type { Answers } from './answer.ts'
import { badRequest, eraAnswers } from './era-answers.ts'

const HANDLE_TEXTS: Readonly<Record<HandleRule, string>> = {
  syntax: 'Invalid characters in handle',
  domain: 'Not a supported handle domain',
  'too-short': 'Handle too short',
  'too-long': 'Handle too long',
  label: 'Invalid characters in handle',
  tld: 'Handle TLD is invalid or disallowed',
  unproven: 'External handle did not resolve to DID',
}

const HANDLE_NAMES: Readonly<Record<HandleRule, string | undefined>> = {
  syntax: 'InvalidHandle',
  domain: 'UnsupportedDomain',
  'too-short': 'InvalidHandle',
  'too-long': 'InvalidHandle',
  label: 'InvalidHandle',
  tld: 'InvalidHandle',
  unproven: undefined,
}

/** Today's answers that differ from those of 2022. Clients compare some of the messages. */
export const todaysAnswers: Answers = {
  ...eraAnswers,
  'invalid-handle': (cause) => {
    const { rule } = cause as InvalidHandle
    return new InvalidRequestError(HANDLE_TEXTS[rule], HANDLE_NAMES[rule], { cause })
  },
  'handle-not-available': (cause) => {
    const { taken } = cause as HandleNotAvailable
    const message = taken === undefined ? 'Reserved handle' : `Handle already taken: ${taken}`
    return new InvalidRequestError(message, 'HandleNotAvailable', { cause })
  },
  'email-not-available': (cause) => {
    const { taken } = cause as EmailNotAvailable
    const message = taken === undefined ? cause.message : `Email already taken: ${taken}`
    return new InvalidRequestError(message, undefined, { cause })
  },
  'invalid-invite-code': (cause) => {
    const { isMissing } = cause as InvalidInviteCode
    const message = isMissing ? 'No invite code provided' : 'Provided invite code not available'
    return new InvalidRequestError(message, 'InvalidInviteCode', { cause })
  },
  'invalid-email': (cause) =>
    new InvalidRequestError(
      'This email address is not supported, please use a different email.',
      undefined,
      { cause },
    ),
  'invalid-code': (cause) => new InvalidRequestError('Token is invalid', 'InvalidToken', { cause }),
  'expired-code': (cause) => new InvalidRequestError('Token is expired', 'ExpiredToken', { cause }),
  'invalid-reset-token': (cause) =>
    new InvalidRequestError('Token is invalid', 'InvalidToken', { cause }),
  'expired-reset-token': (cause) =>
    new InvalidRequestError('Token is expired', 'ExpiredToken', { cause }),
  'invalid-token': (cause) =>
    new InvalidRequestError('Token could not be verified', 'InvalidToken', { cause }),
  // One client accepts at most 81 bytes of body for this error.
  'expired-token': (cause) =>
    new InvalidRequestError(
      cause.cause instanceof TokenError ? cause.cause.message : 'Token has been revoked',
      'ExpiredToken',
      { cause },
    ),
  'account-disabled': (cause) =>
    new AuthRequiredError('Account has been taken down', 'AccountTakedown', { cause }),
  'wrong-credentials': (cause) =>
    new AuthRequiredError('Invalid identifier or password', undefined, { cause }),
  'account-not-found': badRequest('AccountNotFound'),
}
