import { resolve } from 'node:path'
import { isSystemError } from '../errno.ts'
import type { Environment } from './environment.ts'
import { isOAuthHost } from './places.ts'
import { ConfigError } from './problems.ts'
import { readSettings, unknownSettings } from './read-settings.ts'
import { adviseAll, adviseProduction, checkProduction, checkTogether } from './rules.ts'
import { type CompletedSecrets, completeSecrets, type Secrets } from './secrets.ts'
import type { SecretValues } from './settings/secrets.ts'
import { type SettingValues, settings } from './settings/settings.ts'

/** A configuration with all defaults filled in. */
export interface Config extends Omit<SettingValues, keyof SecretValues> {
  readonly serviceName: string
  readonly serviceDid: string
  readonly handleDomains: readonly string[]
  readonly emailFrom: string
  /** Absolute path. */
  readonly dataDirectory: string
  readonly secrets: Secrets
  /** File with the admin password, if the environment does not set it. */
  readonly adminPasswordFile: string | undefined
  /** Secrets generated just now. */
  readonly createdSecrets: readonly string[]
  /** Warnings for the operator, as sentences. */
  readonly advice: readonly string[]
}

/**
 * Reads a configuration from an environment. In development, missing secrets are generated and
 * stored in the data directory; with `NODE_ENV=production` they are required.
 *
 * @throws {ConfigError} with every problem.
 */
export function loadConfig(env: Environment): Config {
  const production = env.NODE_ENV === 'production'
  const { values, problems } = readSettings(env)
  const all = [
    ...problems,
    ...checkTogether(values),
    ...(production ? checkProduction(values) : []),
  ].filter(
    // An unreadable value is not also reported as missing.
    ({ name }, index, every) => every.findIndex((each) => each.name === name) === index,
  )
  if (all.length > 0) throw new ConfigError(all)

  const dataDirectory = resolve(values.dataDirectory)
  const completed = keepSecrets(values, dataDirectory)
  if (completed.problems.length > 0) throw new ConfigError(completed.problems)

  const { hostname } = values
  const {
    jwtSecret,
    adminPassword,
    passwordPepper,
    keyEncryptionKey,
    plcRotationKey,
    entrywayJwtKey,
    ...open
  } = values
  return {
    ...open,
    // In development, secrets are generated and mails become files, so only this machine is served.
    listenAddress: values.listenAddress ?? (production ? undefined : '127.0.0.1'),
    serviceName: values.serviceName ?? hostname,
    serviceDid: values.serviceDid ?? `did:web:${hostname}`,
    handleDomains: values.handleDomains ?? [hostname === 'localhost' ? '.test' : `.${hostname}`],
    emailFrom: values.emailFrom ?? `noreply@${hostname}`,
    oauthEnabled: values.oauthEnabled && isOAuthHost(hostname),
    dataDirectory,
    secrets: completed.secrets,
    adminPasswordFile: completed.adminPasswordFile,
    createdSecrets: completed.created,
    advice: [
      ...unknownSettings(env).map(describeUnknown),
      ...adviseAll(values),
      ...(production ? adviseProduction(values) : []),
    ],
  }
}

/** Reports an unusable directory as a problem of its setting. */
function keepSecrets(values: SettingValues, dataDirectory: string): CompletedSecrets {
  try {
    return completeSecrets(values, dataDirectory)
  } catch (error) {
    if (!isSystemError(error)) throw error
    const { name } = settings.dataDirectory
    throw new ConfigError([
      { name, what: `names a directory that cannot be used: ${error.message}` },
    ])
  }
}

function describeUnknown({ name, meant }: { name: string; meant: string | undefined }): string {
  return `${name} is not a setting of this program and is ignored${meant === undefined ? '' : `; did you mean ${meant}?`}`
}
