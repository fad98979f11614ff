import { XRPCError } from '@atproto/xrpc-server'

/** A refusal as shown on a page. */
export interface Refusal {
  readonly status: number
  readonly problem: {
    readonly field?: 'token' | 'password' | 'email'
    readonly message: string
  }
}

/** Explains the refusal of a call; undefined for a fault. */
export function explain(error: unknown): Refusal | undefined {
  const { statusCode: status, payload } = XRPCError.fromError(error)
  switch (payload.error) {
    case 'InvalidPassword':
      return { status, problem: { field: 'password', message: `${payload.message}.` } }
    case 'AuthenticationRequired':
      return { status, problem: { field: 'password', message: 'Wrong name or password.' } }
    case 'AccountDisabled':
    case 'AccountTakedown':
      return { status, problem: { message: 'The operator has disabled this account.' } }
    case 'InvalidToken':
      return {
        status,
        problem: {
          field: 'token',
          message:
            'This code is wrong, was already used, or was replaced by a newer mail. Look for the newest mail, or ask for another one.',
        },
      }
    case 'ExpiredToken':
      return {
        status,
        problem: { field: 'token', message: 'This code has expired. Ask for another mail.' },
      }
    case 'TokenRequired':
      return { status, problem: { field: 'token', message: NO_CODE } }
    case 'InvalidRequest':
      return { status, problem: { field: 'email', message: payload.message ?? '' } }
    case 'RateLimitExceeded':
      return {
        status,
        problem: { message: 'Too many attempts. Wait a few minutes and try again.' },
      }
    case 'TemporarilyUnavailable':
      return {
        status,
        problem: { message: 'The service is busy. Nothing was changed; try again in a moment.' },
      }
    default:
      return undefined
  }
}

export const NO_CODE = 'Enter the code from the mail, or ask for one.'
