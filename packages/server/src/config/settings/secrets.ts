import { hex32, list, type Reader, secret } from '../value.ts'
import type { SettingsOf } from './setting.ts'

/**
 * The secrets of the service, the last one for an entryway only. In development, missing ones are
 * generated.
 */
export interface SecretValues {
  readonly jwtSecret: string | undefined
  readonly adminPassword: string | undefined
  readonly passwordPepper: string | undefined
  readonly keyEncryptionKey: string | undefined
  readonly plcRotationKey: string | undefined
  readonly entrywayJwtKey: string | undefined
}

/** Former secrets, still accepted for existing data. */
export interface PreviousSecretValues {
  readonly jwtPreviousSecrets: readonly string[] | undefined
  readonly passwordPreviousPeppers: readonly string[] | undefined
  readonly keyEncryptionPreviousKeys: readonly string[] | undefined
}

const REQUIRED = 'required in production'

export const secretSettings: SettingsOf<SecretValues> = {
  jwtSecret: {
    name: 'PDS_JWT_SECRET',
    secret: true,
    otherwise: REQUIRED,
    description: 'Signs session tokens; 32 characters or more.',
    read: secret(32),
  },
  adminPassword: {
    name: 'PDS_ADMIN_PASSWORD',
    secret: true,
    otherwise: REQUIRED,
    description: 'Password of the user `admin`; 12 characters or more in production.',
    read: secret(1),
  },
  passwordPepper: {
    name: 'PDS_PASSWORD_PEPPER',
    secret: true,
    otherwise: REQUIRED,
    description: 'Mixed into every password; 32 characters or more. If lost, no password verifies.',
    read: secret(32),
  },
  keyEncryptionKey: {
    name: 'PDS_KEY_ENCRYPTION_KEY_HEX',
    secret: true,
    otherwise: REQUIRED,
    description: "Encrypts the accounts' signing keys; 32 bytes in hexadecimal.",
    read: hex32,
  },
  plcRotationKey: {
    name: 'PDS_PLC_ROTATION_KEY_K256_PRIVATE_KEY_HEX',
    secret: true,
    otherwise: REQUIRED,
    description: 'Rotation key of every DID, which signs DID operations; 32 bytes in hexadecimal.',
    read: hex32,
  },
  entrywayJwtKey: {
    name: 'ENTRYWAY_JWT_KEY_K256_PRIVATE_KEY_HEX',
    secret: true,
    otherwise: 'required in production with `ENTRYWAY_ENABLED`',
    description: 'Signs the session tokens of an entryway; 32 bytes in hexadecimal.',
    read: hex32,
  },
}

/** The secrets that a configuration needs. */
export function neededSecrets(isEntryway: boolean): readonly (keyof SecretValues)[] {
  const all = Object.keys(secretSettings) as (keyof SecretValues)[]
  return all.filter((key) => isEntryway || key !== 'entrywayJwtKey')
}

const secrets: Reader<readonly string[]> = list(secret(32))

export const previousSecretSettings: SettingsOf<PreviousSecretValues> = {
  jwtPreviousSecrets: {
    name: 'PDS_JWT_PREVIOUS_SECRETS',
    otherwise: 'none',
    description: 'Former values of `PDS_JWT_SECRET` whose tokens stay valid, separated by commas.',
    read: secrets,
  },
  passwordPreviousPeppers: {
    name: 'PDS_PASSWORD_PREVIOUS_PEPPERS',
    otherwise: 'none',
    description: 'Former values of `PDS_PASSWORD_PEPPER`, separated by commas.',
    read: secrets,
  },
  keyEncryptionPreviousKeys: {
    name: 'PDS_KEY_ENCRYPTION_PREVIOUS_KEYS_HEX',
    otherwise: 'none',
    description:
      'Former values of `PDS_KEY_ENCRYPTION_KEY_HEX`, separated by commas, until every key is resealed.',
    read: list(hex32),
  },
}
