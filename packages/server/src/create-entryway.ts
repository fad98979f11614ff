import { createECDH } from 'node:crypto'
import type { AccountModule } from '@lexwright/account'
import type { Entryway } from '@lexwright/entryway'
import type { Config } from './config/load-config.ts'
import { createRotationKey } from './rotation-key.ts'

/** Creates the entryway from the configuration; undefined, and not loaded, if it is turned off. */
export async function createEntrywayFor(
  config: Config,
  accounts: AccountModule,
): Promise<Entryway | undefined> {
  if (!config.entrywayEnabled) return undefined
  const { createEntryway } = await import('@lexwright/entryway')
  return createEntryway({ accounts })
}

/** The settings of a PDS behind this service: names and values. */
export async function settingsOfHosts(
  config: Config,
  url: string,
): Promise<Readonly<Record<string, string>>> {
  const { hostSettings } = await import('@lexwright/entryway')
  const ecdh = createECDH('secp256k1')
  ecdh.setPrivateKey(config.secrets.entrywayJwtKey ?? '', 'hex')
  return hostSettings({
    url,
    did: config.serviceDid,
    jwtPublicKeyHex: ecdh.getPublicKey('hex'),
    rotationKey: createRotationKey(config.secrets.plcRotationKey).did(),
    handleDomains: config.handleDomains,
  })
}
