import { isOAuthHost } from './places.ts'
import type { Problem } from './problems.ts'
import { neededSecrets, secretSettings } from './settings/secrets.ts'
import type { Setting } from './settings/setting.ts'
import { type SettingValues, settings } from './settings/settings.ts'

/** Checks settings against each other, in every environment. */
export function checkTogether(values: SettingValues): readonly Problem[] {
  const problems: Problem[] = []
  const demand = (holds: boolean, { name }: Setting, what: string): void => {
    if (!holds) problems.push({ name, what })
  }

  demand(
    values.smtpUrl === undefined || values.emailFrom !== undefined,
    settings.emailFrom,
    `is required with ${settings.smtpUrl.name}: the sender of mails`,
  )
  demand(
    values.postgresMigrationUrl === undefined || values.postgresUrl !== undefined,
    settings.postgresMigrationUrl,
    `has no effect without ${settings.postgresUrl.name}: set that too, or neither`,
  )
  demand(
    values.redisPassword === undefined || values.redisAddress !== undefined,
    settings.redisPassword,
    `has no effect without ${settings.redisAddress.name}: set that too, or neither`,
  )
  demand(
    values.handleDomains?.length !== 0,
    settings.handleDomains,
    'must list at least one domain, such as .example.com',
  )
  demand(
    values.plcRotationKey === undefined || isPrivateKey(values.plcRotationKey),
    settings.plcRotationKey,
    'is not a secp256k1 private key; make one with: openssl rand -hex 32',
  )
  demand(
    values.entrywayJwtKey === undefined || isPrivateKey(values.entrywayJwtKey),
    settings.entrywayJwtKey,
    'is not a secp256k1 private key; make one with: openssl rand -hex 32',
  )
  demand(
    !values.entrywayEnabled || values.plcUrl !== undefined,
    settings.plcUrl,
    `is required with ${settings.entrywayEnabled.name}: hosts publish the DIDs of new accounts there`,
  )
  return problems
}

/** Further rules for production: every secret is set, and none is guessable. */
export function checkProduction(values: SettingValues): readonly Problem[] {
  const problems: Problem[] = []
  const owners = new Map<string, string>()
  for (const key of neededSecrets(values.entrywayEnabled)) {
    const { name } = secretSettings[key]
    const value = values[key]
    if (value === undefined) {
      problems.push({ name, what: `is required in production; make one with: ${recipe(key)}` })
      continue
    }
    const weakness = weaknessOf(value, key === 'adminPassword' ? 12 : 32)
    if (weakness !== undefined) {
      problems.push({ name, what: `${weakness}; make another with: ${recipe(key)}` })
    }
    const owner = owners.get(value)
    if (owner !== undefined) {
      problems.push({ name, what: `must not be the same as ${owner}: secrets must differ` })
    }
    owners.set(value, name)
  }
  if (values.bcryptCost < 10) {
    problems.push({
      name: settings.bcryptCost.name,
      what: 'must be at least 10 in production: lower costs are quick to crack',
    })
  }
  return problems
}

/** Settings that may not work as intended, in any environment. */
export function adviseAll(values: SettingValues): readonly string[] {
  if (!values.oauthEnabled || isOAuthHost(values.hostname)) return []
  return [
    `${settings.oauthEnabled.name} has no effect: apps find no authorization server at ${values.hostname}, which is not a domain`,
  ]
}

/** Settings that work but may not be intended in production. */
export function adviseProduction(values: SettingValues): readonly string[] {
  const advice: string[] = []
  if (values.hostname === 'localhost') {
    advice.push(
      `${settings.hostname.name} is localhost: the DID documents of new accounts will contain it`,
    )
  }
  if (values.postgresUrl === undefined) {
    advice.push(
      `${settings.postgresUrl.name} is not set: the built-in database survives a crash of this process, not one of the machine`,
    )
  }
  if (values.smtpUrl === undefined) {
    advice.push(`${settings.smtpUrl.name} is not set: mails are written to files and not sent`)
  }
  if (values.plcUrl === undefined) {
    advice.push(
      `${settings.plcUrl.name} is not set: new DIDs are signed and stored, but cannot be resolved`,
    )
  }
  return advice
}

const PLACEHOLDER =
  /change.?me|change.?this|replace|example|placeholder|default|insecure|your.?(?:jwt|secret|password|key|admin)|passw(?:or|0r)d|letmein|qwerty/i

function weaknessOf(secret: string, minLength: number): string | undefined {
  if (secret.length < minLength) return `must have at least ${minLength} characters in production`
  if (PLACEHOLDER.test(secret)) return 'looks like a placeholder'
  if (new Set(secret).size < 8) return 'has too few different characters'
  return undefined
}

function recipe(key: keyof typeof secretSettings): string {
  return `openssl rand -hex ${key === 'adminPassword' ? 16 : 32}`
}

/**
 * The order of the secp256k1 group (SEC 2): a private key is a number between 1 and the order minus
 * 1.
 */
const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n

function isPrivateKey(hex: string): boolean {
  const number = BigInt(`0x${hex}`)
  return number > 0n && number < ORDER
}
