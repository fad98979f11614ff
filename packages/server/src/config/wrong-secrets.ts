import type { SecretName } from '@lexwright/account'
import { ConfigError } from './problems.ts'
import { previousSecretSettings, secretSettings } from './settings/secrets.ts'

/** The settings of the account module's secrets. */
export const secretSettingNames: Readonly<Record<SecretName, string>> = {
  'password-pepper': secretSettings.passwordPepper.name,
  'key-encryption-key': secretSettings.keyEncryptionKey.name,
  'plc-rotation-key': secretSettings.plcRotationKey.name,
}

const previousNames: Readonly<Partial<Record<SecretName, string>>> = {
  'password-pepper': previousSecretSettings.passwordPreviousPeppers.name,
  'key-encryption-key': previousSecretSettings.keyEncryptionPreviousKeys.name,
}

/** Names the settings that differ from the secrets used with the database, and what to do. */
export function wrongSecrets(names: readonly SecretName[], cause: unknown): ConfigError {
  const problems = names.map((name) => ({
    name: secretSettingNames[name],
    what: describeSecretProblem(name),
  }))
  return Object.assign(new ConfigError(problems), { cause })
}

/** Completes the name of the setting. */
export function describeSecretProblem(name: SecretName): string {
  const previous = previousNames[name]
  const rotation =
    previous === undefined
      ? `to replace it or if it is lost: lexwright-server keys accept ${name}`
      : `to rotate it, add the former one to ${previous}; if that is lost: lexwright-server keys accept ${name}`
  return `is not the one this database was used with: put that one back; ${rotation}`
}
