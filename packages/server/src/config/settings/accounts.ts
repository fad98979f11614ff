import { boolean, did, didKey, handleName, integer, list, url } from '../value.ts'
import type { SettingsOf } from './setting.ts'

/**
 * The rules of the account module that an operator may change, under the names of its policy. Durations are in seconds
 * unless their name says otherwise.
 */
export interface AccountValues {
  readonly inviteRequired: boolean
  readonly reservedHandles: readonly string[] | undefined
  readonly breachedPasswordsUrl: string | undefined
  readonly plcUrl: string | undefined
  readonly publicationTimeoutMs: number
  readonly recoveryDidKey: string | undefined
  readonly modServiceDid: string | undefined
  readonly bcryptCost: number
  readonly hashingThreads: number | undefined
  readonly hashingQueue: number | undefined
  readonly accessTtl: number
  readonly refreshTtl: number
  readonly refreshGrace: number
  readonly sessionTtl: number
  readonly resetTokenTtl: number
  readonly reauthWindow: number
  readonly deletionGrace: number
  readonly handleHold: number
}

const seconds = integer(1)

export const accountSettings: SettingsOf<AccountValues> = {
  inviteRequired: {
    name: 'PDS_INVITE_REQUIRED',
    default: 'false',
    description: 'Whether an account needs an invite code.',
    read: boolean,
  },
  reservedHandles: {
    name: 'PDS_RESERVED_HANDLES',
    otherwise: 'the built-in list',
    description:
      'Names, or whole handles, that nobody gets besides those of the built-in list, separated by commas.',
    read: list(handleName),
  },
  breachedPasswordsUrl: {
    name: 'PDS_BREACHED_PASSWORDS_URL',
    otherwise: 'not looked up',
    description:
      'Where to look new passwords up, such as `https://api.pwnedpasswords.com/range/`. It is sent five hexadecimal digits of a hash; without an answer the password passes.',
    read: url('http', 'https'),
  },
  plcUrl: {
    name: 'PDS_DID_PLC_URL',
    otherwise: 'signed and stored',
    description: 'PLC directory in which new DIDs are published.',
    read: url('http', 'https'),
  },
  publicationTimeoutMs: {
    name: 'PDS_DID_PLC_TIMEOUT_MS',
    default: '10000',
    description:
      'How long a registration waits for the PLC directory, with its retries, in milliseconds. Later it is finished in the background.',
    read: integer(100, 60_000),
  },
  recoveryDidKey: {
    name: 'PDS_RECOVERY_DID_KEY',
    otherwise: 'none',
    description: "The operator's recovery key, a rotation key of every new DID.",
    read: didKey,
  },
  modServiceDid: {
    name: 'PDS_MOD_SERVICE_DID',
    otherwise: 'none',
    description:
      'The moderation service, such as Ozone. Tokens that it has signed may call what moderators call of `com.atproto.admin`.',
    read: did,
  },
  bcryptCost: {
    name: 'PDS_PASSWORD_HASH_COST',
    default: '12',
    description: "bcrypt's cost, 10 to 15. One more doubles the time.",
    read: integer(4, 15),
  },
  hashingThreads: {
    name: 'PDS_PASSWORD_HASH_THREADS',
    otherwise: 'one fewer than cores',
    description: 'Threads that hash passwords.',
    read: integer(1, 256),
  },
  hashingQueue: {
    name: 'PDS_PASSWORD_HASH_QUEUE',
    otherwise: '128 per thread',
    description:
      'Passwords that may wait for a thread, a sixteenth of them for one address. Beyond it the answer is 503.',
    read: integer(0),
  },
  accessTtl: {
    name: 'PDS_ACCESS_TOKEN_TTL_SECONDS',
    default: '7200',
    description: 'Life of an access token.',
    read: seconds,
  },
  refreshTtl: {
    name: 'PDS_REFRESH_TOKEN_TTL_SECONDS',
    default: '7776000',
    description: 'Life of a refresh token.',
    read: seconds,
  },
  refreshGrace: {
    name: 'PDS_REFRESH_GRACE_SECONDS',
    default: '7200',
    description:
      'How long a used refresh token leads to the current one. 30 is stricter with a thief.',
    read: integer(0, 86_400),
  },
  sessionTtl: {
    name: 'PDS_SESSION_TTL_SECONDS',
    default: '31536000',
    description: 'Life of a login, however often it is refreshed.',
    read: seconds,
  },
  resetTokenTtl: {
    name: 'PDS_RESET_TOKEN_TTL_SECONDS',
    default: '600',
    description: 'Life of the code in a password reset mail.',
    read: seconds,
  },
  reauthWindow: {
    name: 'PDS_REAUTH_WINDOW_SECONDS',
    default: '900',
    description: 'How recent a login must be to delete the account.',
    read: seconds,
  },
  deletionGrace: {
    name: 'PDS_DELETION_GRACE_SECONDS',
    default: '604800',
    description: 'How long a deleted account can be restored. 0 purges at once.',
    read: integer(0),
  },
  handleHold: {
    name: 'PDS_HANDLE_HOLD_SECONDS',
    default: '7776000',
    description: 'How long the handle of a purged account stays unusable.',
    read: integer(0),
  },
}
