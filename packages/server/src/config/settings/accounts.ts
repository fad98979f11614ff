import { boolean, did, didKey, handleName, integer, list, url } from '../value.ts'
import type { SettingsOf } from './setting.ts'

/**
 * Settings of the account module's policy, under its names. Durations are in seconds unless the
 * name says otherwise.
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
    description: 'True if registration requires an invite code.',
    read: boolean,
  },
  reservedHandles: {
    name: 'PDS_RESERVED_HANDLES',
    otherwise: 'the built-in list',
    description:
      'Reserved names or whole handles in addition to the built-in list, separated by commas.',
    read: list(handleName),
  },
  breachedPasswordsUrl: {
    name: 'PDS_BREACHED_PASSWORDS_URL',
    otherwise: 'not looked up',
    description:
      'Service to check new passwords for breaches, such as `https://api.pwnedpasswords.com/range/`. It receives five hexadecimal digits of a hash; without an answer the password is accepted.',
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
      'Timeout of a registration for the PLC directory, retries included, in milliseconds. After it the registration is finished in the background.',
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
      'DID of the moderation service, such as Ozone. Its service tokens may call the moderation methods of `com.atproto.admin`.',
    read: did,
  },
  bcryptCost: {
    name: 'PDS_PASSWORD_HASH_COST',
    default: '12',
    description: 'bcrypt cost, 10 to 15. Each step doubles the time.',
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
      'Passwords that may wait for a thread, a sixteenth of them per address. Further requests get 503.',
    read: integer(0),
  },
  accessTtl: {
    name: 'PDS_ACCESS_TOKEN_TTL_SECONDS',
    default: '7200',
    description: 'Lifetime of an access token.',
    read: seconds,
  },
  refreshTtl: {
    name: 'PDS_REFRESH_TOKEN_TTL_SECONDS',
    default: '7776000',
    description: 'Lifetime of a refresh token.',
    read: seconds,
  },
  refreshGrace: {
    name: 'PDS_REFRESH_GRACE_SECONDS',
    default: '7200',
    description:
      'How long a used refresh token still returns the current one. 30 limits a thief more strictly.',
    read: integer(0, 86_400),
  },
  sessionTtl: {
    name: 'PDS_SESSION_TTL_SECONDS',
    default: '31536000',
    description: 'Lifetime of a login, however often it is refreshed.',
    read: seconds,
  },
  resetTokenTtl: {
    name: 'PDS_RESET_TOKEN_TTL_SECONDS',
    default: '600',
    description: 'Lifetime of the code in a password reset mail.',
    read: seconds,
  },
  reauthWindow: {
    name: 'PDS_REAUTH_WINDOW_SECONDS',
    default: '900',
    description: 'Maximum age of the login for deleting an account.',
    read: seconds,
  },
  deletionGrace: {
    name: 'PDS_DELETION_GRACE_SECONDS',
    default: '604800',
    description: 'How long a deleted account can be restored; 0 purges at once.',
    read: integer(0),
  },
  handleHold: {
    name: 'PDS_HANDLE_HOLD_SECONDS',
    default: '7776000',
    description: 'How long the handle of a purged account stays reserved.',
    read: integer(0),
  },
}
